// Ends its process in one of several ways; which one is told by the message's address.
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("crashes_in_submit");
  table.submit = [](messo_instance*, const messo_message* const* batch, std::size_t) -> std::int32_t {
    const std::string to(batch[0]->to.ptr, batch[0]->to.len);
    if (to == "abort") std::abort();
    if (to == "segv") std::raise(SIGSEGV);
    if (to == "exit") ::_exit(0);
    if (to == "throws_in_thread") std::thread([] { throw 1; }).join();
    if (to == "closes_everything") {
      ::syscall(SYS_close_range, 3U, ~0U, 0U);
      for (;;) ::pause();
    }
    if (to == "hangs") {
      for (;;) ::pause();
    }
    bad::answer(batch[0]->attempt);
    return MESSO_OK;
  };
  return bad::keep(table);
}
