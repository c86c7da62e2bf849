#include "scenario/support/peer_process.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "scenario/support/daemon.hpp"

namespace messo::test {
namespace {

std::vector<std::string> built_peer(const std::string& program, const std::vector<std::string>& flags) {
  std::vector<std::string> command{(build_folder() / "bin" / program).string()};
  command.insert(command.end(), flags.begin(), flags.end());
  return command;
}

}  // namespace

PeerProcess::PeerProcess(std::vector<std::string> command, const std::map<std::string, std::string>& environment) {
  const auto ready = folder_.path() / "ready";
  command.insert(command.end(), {"--ready", ready.string()});
  process_.start(command, folder_.path() / "log", environment);
  const bool up = wait_until([&] { return !process_.running() || std::filesystem::exists(ready); });
  std::ifstream(ready) >> port_ >> control_;
  if (up && port_ != 0) return;
  std::ifstream log(folder_.path() / "log");
  throw std::runtime_error(command.front() + " did not come up: " + std::string(std::istreambuf_iterator<char>(log), {}));
}

PeerProcess::PeerProcess(const std::string& program, const std::vector<std::string>& flags) : PeerProcess(built_peer(program, flags)) {}

std::string PeerProcess::tell(const std::string& command) const {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(control_);
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
