// messo-plugin-host: started by messod for a provider with isolation = "process"; of no use by itself.
#include <sys/socket.h>

#include <csignal>
#include <cstdio>

#include "channel/isolation/plugin_process.hpp"

int main() {
  constexpr int kSocket = 3;
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(kSocket, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    std::fputs("messo-plugin-host is started by messod, for providers with isolation = \"process\".\n", stderr);
    return 2;
  }
  sigset_t wishes;
  sigemptyset(&wishes);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&wishes, number);
  ::pthread_sigmask(SIG_BLOCK, &wishes, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  messo::PluginProcess(kSocket).run();
}
