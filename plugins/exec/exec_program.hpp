// The program of a channel: its process, and lines to and from it. Used by one thread, which must live as long as the program.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/child_process.hpp"
#include "exec_settings.hpp"
#include "messo_channel.h"

namespace exec {

// A line on its way to the program, with the attempt it gives it; only when it is written wholly the program can have it.
struct Line {
  std::string text;
  std::optional<messo_id> attempt;
  std::size_t sent = 0;
};

class Program {
 public:
  Program() = default;
  ~Program() { end(); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Empty, or why it cannot be started.
  std::string start(const Settings& settings);
  bool runs() const { return child_.started(); }
  int output() const { return out_; }  // to poll(2) for
  int input() const { return in_; }

  // Writes from the front of `lines` what the pipe takes; those written wholly are removed and told. False: it does not read any more.
  template <class F>
  bool write(std::deque<Line>& lines, F&& written) {
    while (!lines.empty()) {
      Line& line = lines.front();
      const auto count = write_some(std::string_view(line.text).substr(line.sent));
      if (count < 0) return false;
      line.sent += static_cast<std::size_t>(count);
      if (line.sent < line.text.size()) return true;
      if (line.attempt) written(*line.attempt);
      lines.pop_front();
    }
    return true;
  }

  enum class Got { nothing, line, ended, too_long };
  // The next line without its break; reads when there is none. `ended`: it has closed its output.
  Got next(std::string& line);

  // Tells it that nothing more comes.
  void close_input();
  // How it ended: by itself within `limit`, or killed with all it started.
  std::string end(std::chrono::milliseconds limit = std::chrono::milliseconds(0));

 private:
  // Bytes written, 0 when the pipe is full, -1 when nobody reads.
  long write_some(std::string_view bytes);

  messo::Child child_;
  int in_ = -1, out_ = -1;
  std::string buffer_;
  std::size_t searched_ = 0;
  bool eof_ = false;
};

}  // namespace exec
