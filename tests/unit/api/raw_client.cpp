#include "unit/api/raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace messo::test {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return text;
}

}  // namespace

std::string HttpAnswer::field(const std::string& name) const {
  const auto at = fields.find(lower(name));
  return at == fields.end() ? std::string() : at->second;
}

RawClient::RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd_);
    fd_ = -1;
  }
}
RawClient::RawClient(const std::string& socket_path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_path.c_str(), sizeof address.sun_path - 1);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd_);
    fd_ = -1;
  }
}
RawClient::~RawClient() {
  if (fd_ >= 0) ::close(fd_);
}
RawClient::RawClient(RawClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)), pending_(std::move(other.pending_)) {}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool RawClient::fill(Steady until) {
  const auto left = std::chrono::ceil<Millis>(until - std::chrono::steady_clock::now());
  pollfd waiting{fd_, POLLIN, 0};
  if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return false;
  char buffer[65536];
  const auto n = ::recv(fd_, buffer, sizeof buffer, 0);
  if (n <= 0) return false;
  pending_.append(buffer, static_cast<std::size_t>(n));
  return true;
}

std::optional<HttpAnswer> RawClient::receive(Millis limit, bool head) {
  const auto until = std::chrono::steady_clock::now() + limit;
  std::size_t end = 0;
  while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill(until)) return {};
  }
  HttpAnswer answer;
  const auto text = pending_.substr(0, end + 2);
  pending_.erase(0, end + 4);
  answer.status = std::stoi(text.substr(9, 3));
  for (std::size_t from = text.find("\r\n") + 2; from < text.size();) {
    const auto line_end = text.find("\r\n", from), colon = text.find(": ", from);
    answer.fields[lower(text.substr(from, colon - from))] = text.substr(colon + 2, line_end - colon - 2);
    from = line_end + 2;
  }
  if (head || answer.status == 100) return answer;
  const auto length = std::stoul(answer.field("Content-Length").empty() ? "0" : answer.field("Content-Length"));
  while (pending_.size() < length) {
    if (!fill(until)) return {};
  }
  answer.body = pending_.substr(0, length);
  pending_.erase(0, length);
  return answer;
}

bool RawClient::closed_within(Millis limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (fill(until)) pending_.clear();
  return std::chrono::steady_clock::now() < until;
}

std::string request_text(std::string_view method, std::string_view target, std::string_view key, std::string_view body,
                         std::string_view fields) {
  std::string out;
  out.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: hub.example\r\n").append(fields);
  if (!key.empty()) out.append("Authorization: Bearer ").append(key).append("\r\n");
  if (!body.empty()) {
    if (fields.find("Content-Type") == std::string_view::npos) out.append("Content-Type: application/json\r\n");
    out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  }
  return out.append("\r\n").append(body);
}

}  // namespace messo::test
