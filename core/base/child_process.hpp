// A program started with nothing of ours but what it is given, and ended with everything it started itself. Linux.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace messo {

struct ChildOptions {
  std::vector<std::string> command;      // [0] is the program's absolute path; no shell, no search
  std::vector<std::string> environment;  // "NAME=value"; all it gets
  std::string folder;                    // working folder; empty: ours
  std::vector<std::pair<int, int>>
      descriptors{};               // ours -> its number; 0 and 1 otherwise read and write nothing, 2 is ours, none else passes
  std::uint64_t memory_bytes = 0;  // RLIMIT_DATA; 0: no limit
};

// Owns one child, which leads a process group of its own. One thread at a time.
class Child {
 public:
  Child() = default;
  ~Child() { end(); }
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // The child is killed by the kernel when the calling *thread* ends (prctl(2), PR_SET_PDEATHSIG): call it from one that lives as long.
  // not_found "no_such_program", unavailable "cannot_start".
  static Result<Child> start(const ChildOptions& options);

  pid_t pid() const { return pid_; }
  bool started() const { return pid_ > 0; }
  void signal(int number) const;
  // How it ended, for people: "exit status 3", "signal 9 (Killed)"; nothing when it still runs after `limit`. Then it is reaped, and what
  // is left of its group is killed.
  std::optional<std::string> wait(Millis limit);
  // Kills the group and reaps; how it ended.
  std::string end();

 private:
  pid_t pid_ = -1;
};

// Of our environment, what a program needs to find its libraries, language, time zone and certificates; no secrets can be in it.
std::vector<std::string> plain_environment();

}  // namespace messo
