// How a test peer that runs as a program is told what to do: one command a line on a loopback port, one line of answer each.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>

namespace messo::peers {

class ControlPort {
 public:
  // Listens on 127.0.0.1; 0: a free port. Throws std::runtime_error. From here on SIGINT, SIGTERM and SIGHUP end serve().
  explicit ControlPort(std::uint16_t port = 0);
  ~ControlPort();
  ControlPort(const ControlPort&) = delete;
  ControlPort& operator=(const ControlPort&) = delete;

  std::uint16_t port() const { return port_; }
  // Serves several connections at once on this thread, until `obey` answers nothing ("ok" is sent then) or a signal comes.
  void serve(const std::function<std::optional<std::string>(const std::string& line)>& obey);

 private:
  int listener_ = -1;
  std::uint16_t port_ = 0;
};

// "PORT PORT ..." as the file's only line, seen whole or not at all by whoever waits for it.
void write_ready_file(const std::string& file, std::initializer_list<std::uint16_t> ports);

}  // namespace messo::peers
