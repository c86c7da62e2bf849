// A program started by a test and ended by its own process id.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "support/wait_until.hpp"

namespace messo::test {

// A new folder below the system's temporary one, removed with this object (kept when MESSO_KEEP_TEST_FOLDERS is set).
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class ChildProcess {
 public:
  ChildProcess() = default;
  ~ChildProcess();  // SIGTERM, then SIGKILL after 10 s
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Appends what it prints to `output`. Throws std::runtime_error when it cannot be started. The child dies with its parent.
  void start(const std::vector<std::string>& command, const std::filesystem::path& output,
             const std::map<std::string, std::string>& environment = {});
  bool running();
  pid_t pid() const { return pid_; }
  void signal(int number) const;
  // The exit status once it ended (128 + signal when killed); nullopt after `limit`.
  std::optional<int> wait(Millis limit);
  void kill9();  // and waits until it is gone

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
};

struct RunResult {
  int status = -1;
  std::string out, err;
};
// Runs a program to its end, at most `limit` (then it is killed and status is 124).
RunResult run(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment = {},
              Millis limit = Millis{60'000});

// A TCP port that was free a moment ago on 127.0.0.1.
std::uint16_t free_port();

}  // namespace messo::test
