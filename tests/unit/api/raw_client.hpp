// A socket that says what it is told, and reads HTTP answers; for well-behaved and for hostile clients.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/time.hpp"

namespace messo::test {

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> fields;  // names in lower case
  std::string body;

  std::string field(const std::string& name) const;
};

// One connection. Every wait is bounded; what does not come in time counts as nothing.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port);              // 127.0.0.1
  explicit RawClient(const std::string& socket_path);  // Unix socket
  ~RawClient();
  RawClient(RawClient&& other) noexcept;
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return fd_ >= 0; }
  // False when the peer has closed.
  bool send(std::string_view bytes);
  // The next answer, of a HEAD request when so said; nullopt when the connection ended or nothing came within `limit`.
  std::optional<HttpAnswer> receive(Millis limit = std::chrono::seconds(20), bool head = false);
  std::optional<HttpAnswer> exchange(std::string_view request) { return send(request) ? receive() : std::nullopt; }
  // The peer has closed its side, within `limit`.
  bool closed_within(Millis limit);

 private:
  bool fill(Steady until);
  int fd_ = -1;
  std::string pending_;
};

// The text of a request. `body` sets Content-Length and, unless given among `fields` ("Name: value\r\n"...), a JSON content type.
std::string request_text(std::string_view method, std::string_view target, std::string_view key = {}, std::string_view body = {},
                         std::string_view fields = {});

}  // namespace messo::test
