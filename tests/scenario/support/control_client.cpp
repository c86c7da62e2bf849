#include "scenario/support/control_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace messo::test {

std::string tell_control_port(std::uint16_t port, const std::string& command) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  const std::string line = command + "\n";
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::send(fd, line.data(), line.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(line.size())) {
    std::array<char, 65536> chunk{};
    while (answer.find('\n') == std::string::npos) {
      const auto n = ::recv(fd, chunk.data(), chunk.size(), 0);
      if (n <= 0) break;
      answer.append(chunk.data(), static_cast<std::size_t>(n));
    }
  }
  ::close(fd);
  if (answer.empty()) throw std::runtime_error("no peer answers " + command);
  return answer;
}

}  // namespace messo::test
