#include "support/load_client.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <optional>

#include "base/uuid.hpp"

namespace messo::test {
namespace {

using SteadyClock = std::chrono::steady_clock;

// One response's head, as far as this client cares.
struct Head {
  int status = 0;
  std::size_t length = 0;   // of the body
  std::size_t body_at = 0;  // where it starts
  bool close = false;
  bool replayed = false;
};

bool contains_no_case(std::string_view text, std::string_view what) {
  const auto at = std::search(text.begin(), text.end(), what.begin(), what.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  });
  return at != text.end();
}

std::optional<Head> parse_head(std::string_view in) {
  const auto end = in.find("\r\n\r\n");
  if (end == std::string_view::npos || in.size() < 12) return {};
  Head head;
  std::from_chars(in.data() + 9, in.data() + 12, head.status);
  head.body_at = end + 4;
  std::string_view lines = in.substr(0, end);
  while (!lines.empty()) {
    const auto eol = lines.find("\r\n");
    const auto line = lines.substr(0, eol);
    lines = eol == std::string_view::npos ? std::string_view{} : lines.substr(eol + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto name = line.substr(0, colon);
    if (name.size() == 14 && contains_no_case(name, "content-length")) {
      const auto digits = line.substr(line.find_first_not_of(' ', colon + 1));
      std::from_chars(digits.data(), digits.data() + digits.size(), head.length);
    } else if (contains_no_case(name, "connection")) {
      head.close = contains_no_case(line, "close");
    } else if (contains_no_case(name, "idempotent-replayed")) {
      head.replayed = true;
    }
  }
  return head;
}

std::string_view id_in(std::string_view body) {
  const auto at = body.find("\"id\":\"");
  return at == std::string_view::npos || at + 42 > body.size() ? std::string_view{} : body.substr(at + 6, 36);
}

struct Connection {
  int fd = -1;
  std::size_t job = 0;
  bool busy = false;
  std::string out;
  std::size_t written = 0;
  std::string in;
  SteadyClock::time_point began;
};

class Run {
 public:
  Run(const LoadOptions& options, std::size_t count, const std::function<std::string(std::size_t)>& body,
      const std::function<void(std::size_t, std::string_view)>& on_accepted, const std::function<bool()>& stop)
      : options_(options),
        count_(count),
        body_(body),
        on_accepted_(on_accepted),
        stop_(stop),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        connections_(options.connections) {
    head_ = "POST /v1/notifications HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: Bearer " + options.key +
            "\r\n";
    report_.latencies_us.reserve(count);
  }
  ~Run() {
    for (auto& c : connections_) drop(c);
    ::close(epoll_);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  LoadReport go() {
    const auto start = SteadyClock::now();
    auto last_progress = start;
    std::uint64_t seen = 0;
    while (answered_ < count_) {
      if (stop_ && stop_()) break;
      for (auto& c : connections_) feed(c);
      pump();
      if (answered_ != seen) {
        seen = answered_;
        last_progress = SteadyClock::now();
      } else if (SteadyClock::now() - last_progress > options_.give_up_after) {
        break;
      }
    }
    report_.seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
    report_.complete = report_.accepted + report_.replayed == count_;
    return std::move(report_);
  }

 private:
  std::optional<std::size_t> take() {
    if (!again_.empty()) {
      const auto job = again_.front();
      again_.pop_front();
      return job;
    }
    if (next_ < count_) return next_++;
    return {};
  }

  bool connect(Connection& c) {
    c.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(c.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(c.fd);
      c.fd = -1;
      return false;
    }
    const int on = 1;
    ::setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::fcntl(c.fd, F_SETFL, ::fcntl(c.fd, F_GETFL) | O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = static_cast<std::uint64_t>(&c - connections_.data());
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &event);
    return true;
  }

  std::string post_of(std::size_t job) const {
    const std::string body = body_(job);
    std::string out = head_;
    if (options_.repeat_until_accepted) out += "Idempotency-Key: load-" + run_ + "-" + std::to_string(job) + "\r\n";
    return out + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  void feed(Connection& c) {
    if (c.busy || SteadyClock::now() < not_before_) return;
    const auto job = take();
    if (!job) return;
    if (c.fd < 0 && !connect(c)) {
      again_.push_back(*job);
      not_before_ = SteadyClock::now() + Millis{20};  // nobody listens: a restart is under way
      return;
    }
    c.out = options_.get ? "GET " + options_.get(*job) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" : post_of(*job);
    c.written = 0;
    c.in.clear();
    c.job = *job;
    c.busy = true;
    c.began = SteadyClock::now();
    write(c);
  }

  void write(Connection& c) {
    while (c.written < c.out.size()) {
      const auto n = ::send(c.fd, c.out.data() + c.written, c.out.size() - c.written, MSG_NOSIGNAL);
      if (n > 0) {
        c.written += static_cast<std::size_t>(n);
        continue;
      }
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        watch(c, EPOLLIN | EPOLLOUT);
        return;
      }
      lost(c);
      return;
    }
    watch(c, EPOLLIN);
  }

  void watch(Connection& c, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = static_cast<std::uint64_t>(&c - connections_.data());
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, c.fd, &event);
  }

  void pump() {
    std::array<epoll_event, 64> events{};
    const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 20);
    for (int i = 0; i < n; ++i) {
      auto& c = connections_[events[static_cast<std::size_t>(i)].data.u64];
      if (c.fd < 0) continue;
      if ((events[static_cast<std::size_t>(i)].events & EPOLLOUT) != 0) write(c);
      if (c.fd >= 0 && (events[static_cast<std::size_t>(i)].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read(c);
    }
  }

  void read(Connection& c) {
    std::array<char, 16384> chunk{};
    for (;;) {
      const auto n = ::recv(c.fd, chunk.data(), chunk.size(), 0);
      if (n > 0) {
        c.in.append(chunk.data(), static_cast<std::size_t>(n));
        continue;
      }
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
      answer(c);
      if (c.busy) {
        lost(c);
      } else {
        drop(c);
      }
      return;
    }
    answer(c);
  }

  void answer(Connection& c) {
    if (!c.busy) return;
    const auto head = parse_head(c.in);
    if (!head || c.in.size() < head->body_at + head->length) return;
    c.busy = false;
    if (head->status == 202) {
      head->replayed ? ++report_.replayed : ++report_.accepted;
      ++answered_;
      report_.latencies_us.push_back(
          static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - c.began).count()));
      if (on_accepted_) on_accepted_(c.job, id_in(std::string_view(c.in).substr(head->body_at, head->length)));
    } else {
      ++report_.other_statuses[head->status];
      if (options_.repeat_until_accepted && (head->status >= 500 || head->status == 429)) {
        again_.push_back(c.job);
      } else {
        ++answered_;
      }
    }
    if (head->close) drop(c);
  }

  void lost(Connection& c) {
    ++report_.lost_connections;
    if (c.busy) {
      if (options_.repeat_until_accepted) {
        again_.push_back(c.job);
      } else {
        ++answered_;
      }
    }
    c.busy = false;
    drop(c);
  }
  void drop(Connection& c) {
    if (c.fd >= 0) ::close(c.fd);
    c.fd = -1;
  }

  const LoadOptions& options_;
  std::size_t count_;
  const std::function<std::string(std::size_t)>& body_;
  const std::function<void(std::size_t, std::string_view)>& on_accepted_;
  const std::function<bool()>& stop_;
  int epoll_;
  std::vector<Connection> connections_;
  std::string head_;
  std::string run_ = make_uuid_v4().to_string().substr(0, 8);
  std::deque<std::size_t> again_;
  std::size_t next_ = 0;
  std::size_t answered_ = 0;
  SteadyClock::time_point not_before_{};
  LoadReport report_;
};

}  // namespace

double LoadReport::percentile_ms(double p) const {
  if (latencies_us.empty()) return 0;
  auto sorted = latencies_us;
  const auto at = static_cast<std::size_t>(p * static_cast<double>(sorted.size() - 1));
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(at), sorted.end());
  return sorted[at] / 1000.0;
}

LoadReport post_jobs(const LoadOptions& options, std::size_t count, const std::function<std::string(std::size_t)>& body,
                     const std::function<void(std::size_t, std::string_view)>& on_accepted, const std::function<bool()>& stop) {
  return Run(options, count, body, on_accepted, stop).go();
}

}  // namespace messo::test
