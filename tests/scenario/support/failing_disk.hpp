// A disk that fails under a running daemon.
#pragma once
#include <sys/resource.h>

#include "scenario/support/daemon.hpp"

namespace messo::test {

// Every write of the daemon to a file fails from now on (EFBIG), as on a disk that was remounted read-only or is broken; or works again.
inline bool let_write(const Daemon& daemon, bool yes) {
  rlimit limit{};
  if (::prlimit(daemon.pid(), RLIMIT_FSIZE, nullptr, &limit) != 0) return false;
  limit.rlim_cur = yes ? limit.rlim_max : 0;
  return ::prlimit(daemon.pid(), RLIMIT_FSIZE, &limit, nullptr) == 0;
}

}  // namespace messo::test
