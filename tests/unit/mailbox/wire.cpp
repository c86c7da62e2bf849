#include "wire.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "support/loopback.hpp"

namespace messo::mailbox {

bool Wire::say(const std::string& bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto sent = ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    done += static_cast<std::size_t>(sent);
  }
  return true;
}

std::string Wire::hear() {
  for (;;) {
    if (const auto end = early_.find("\r\n"); end != std::string::npos) {
      std::string line = early_.substr(0, end);
      early_.erase(0, end + 2);
      return line;
    }
    std::array<char, 4096> chunk{};
    const auto got = ::recv(fd_, chunk.data(), chunk.size(), 0);
    if (got <= 0) return {};
    early_.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

void Wire::hang() {
  std::array<char, 4096> chunk{};
  while (::recv(fd_, chunk.data(), chunk.size(), 0) > 0) {
  }
}

bool Wire::is_left_within(std::chrono::milliseconds limit) const {
  pollfd leaving{fd_, POLLRDHUP, 0};
  return ::poll(&leaving, 1, static_cast<int>(limit.count())) != 0;
}

WireServer::WireServer(std::function<void(Wire&)> talk) : talk_(std::move(talk)) {
  listener_ = test::listen_on_loopback(port_, 16);
  if (listener_ < 0) throw std::runtime_error("cannot listen");
  acceptor_ = std::thread([this] { serve(); });
}

WireServer::~WireServer() {
  ends_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::scoped_lock hold(mutex_);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  for (auto& talk : talks_) talk.join();
  for (const int fd : open_) ::close(fd);
  ::close(listener_);
}

void WireServer::serve() {
  while (!ends_) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    ++count_;
    const std::scoped_lock hold(mutex_);
    open_.push_back(fd);
    talks_.emplace_back([this, fd] {
      Wire wire(fd);
      talk_(wire);
      ::shutdown(fd, SHUT_RDWR);
    });
  }
}

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("cannot connect");
  return fd;
}

namespace {

std::string usual_answer(const std::string& command) {
  constexpr auto kMail = "Subject: uno\r\n\r\nTesto.\r\n";
  if (command == "CAPABILITY") return "* CAPABILITY IMAP4rev1 IDLE\r\n";
  if (command.starts_with("EXAMINE")) return "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\n";
  if (command.starts_with("UID SEARCH")) return "* SEARCH 1\r\n";
  if (command.starts_with("UID FETCH") && command.find("BODY.PEEK[]") == std::string::npos) return "* 1 FETCH (UID 1 RFC822.SIZE 24)\r\n";
  if (command.starts_with("UID FETCH")) return "* 1 FETCH (UID 1 BODY[] {24}\r\n" + std::string(kMail) + ")\r\n";
  return {};
}

}  // namespace

std::function<void(Wire&)> imap_talk(std::function<std::string(const std::string&, const std::string&)> answers) {
  return [answers = std::move(answers)](Wire& wire) {
    if (!wire.say("* OK ready\r\n")) return;
    for (std::string line = wire.hear(); !line.empty(); line = wire.hear()) {
      const auto space = line.find(' ');
      const std::string tag = line.substr(0, space), command = space == std::string::npos ? "" : line.substr(space + 1);
      std::string answer = answers(tag, command);
      if (answer.starts_with("!")) {
        wire.say(answer.substr(1));
        continue;
      }
      if (answer.empty()) answer = usual_answer(command);
      if (!wire.say(answer + tag + " OK done\r\n")) return;
    }
  };
}

}  // namespace messo::mailbox
