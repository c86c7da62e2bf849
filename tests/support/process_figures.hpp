// What the kernel says of a running process: CPU time and memory.
#pragma once
#include <sys/types.h>

#include <cstdint>

namespace messo::test {

struct ProcessFigures {
  double cpu_seconds = 0;             // user and system, all threads
  std::uint64_t anonymous_bytes = 0;  // RssAnon of /proc/<pid>/status
};

// Zeroes when the process is gone.
ProcessFigures figures_of(pid_t pid);

}  // namespace messo::test
