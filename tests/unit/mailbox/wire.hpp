// Servers that misbehave: one that says what a test tells it to, and one between us and Dovecot that breaks connections.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace messo::mailbox {

// One connection of the server below. Blocking.
class Wire {
 public:
  explicit Wire(int fd) : fd_(fd) {}
  // False: the other side is gone.
  bool say(const std::string& bytes) const;
  // A line without its end; empty: the other side is gone.
  std::string hear();
  // Until the other side leaves.
  void hang();
  // Whether the other side leaves before so much time has passed.
  bool is_left_within(std::chrono::milliseconds limit) const;
  int fd() const { return fd_; }

 private:
  int fd_;
  std::string early_;
};

// Listens on 127.0.0.1; each connection has a thread that runs `talk`, then closes. All are closed with the object.
class WireServer {
 public:
  explicit WireServer(std::function<void(Wire&)> talk);
  ~WireServer();
  WireServer(const WireServer&) = delete;
  WireServer& operator=(const WireServer&) = delete;
  std::uint16_t port() const { return port_; }
  int connections() const { return count_; }

 private:
  void serve();

  std::function<void(Wire&)> talk_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> ends_{false};
  std::atomic<int> count_{0};
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> talks_;
  std::thread acceptor_;
};

int connect_to(std::uint16_t port);

// An IMAP server as far as a reader goes, to put a bad answer into: `answers` gets each command without its tag ("UID FETCH 1 ...") and
// returns what is said before the tagged OK, or, with "!" first, what is said instead of everything. Nothing returned: the usual answer of
// a folder with one message, UID 1.
std::function<void(Wire&)> imap_talk(std::function<std::string(const std::string& tag, const std::string& command)> answers);

}  // namespace messo::mailbox
