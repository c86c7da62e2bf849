#include "scenario/support/smtp_peer_process.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <stdexcept>

#include "scenario/support/daemon.hpp"

namespace messo::test {
namespace {

std::uint64_t number_after(const std::string& json, const std::string& name) {
  const auto at = json.find("\"" + name + "\":");
  if (at == std::string::npos) throw std::runtime_error("no " + name + " in " + json);
  return std::stoull(json.substr(at + name.size() + 3));
}

}  // namespace

SmtpPeerProcess::SmtpPeerProcess(std::vector<std::string> flags) {
  const auto ready = folder_.path() / "ready";
  std::vector<std::string> command{(build_folder() / "bin/smtp_peer").string(), "--ready", ready.string()};
  command.insert(command.end(), flags.begin(), flags.end());
  process_.start(command, folder_.path() / "log");
  const bool up = wait_until([&] { return !process_.running() || std::filesystem::exists(ready); });
  std::ifstream(ready) >> port_ >> control_;
  if (!up || port_ == 0) throw std::runtime_error("smtp_peer did not come up");
}

std::string SmtpPeerProcess::tell(const std::string& command) const {
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
  if (answer.empty()) throw std::runtime_error("smtp_peer does not answer " + command);
  return answer;
}

SmtpPeerProcess::Counts SmtpPeerProcess::counts() const {
  const auto json = tell("stats");
  return {number_after(json, "messages"), number_after(json, "unique"), number_after(json, "repeated")};
}

}  // namespace messo::test
