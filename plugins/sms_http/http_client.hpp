// HTTP/1.1 requests to one gateway (libcurl, a kept-alive connection for each request under way). Certificates and names are always
// verified, redirections are answers like others, proxies are used only when configured, and nothing is ever repeated silently: libcurl
// would send a POST again when a kept connection dies after the request was read, so the body comes from a function that cannot be wound
// back (DESIGN §7).
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace messo::sms_http {

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::optional<std::string> body;
};

struct HttpReply {
  long status = 0;
  std::string body;
  bool cut = false;                                        // the body is not whole: too large, or the connection ended within it
  std::optional<std::chrono::milliseconds> retry_after{};  // RFC 9110 §10.2.3, at most an hour
};

struct HttpFailure {
  enum class What : std::uint8_t { unreachable, certificate, timeout, closed, interrupted };
  What what = What::unreachable;
  bool may_have_it = false;  // some of the request had been written
  std::string detail;        // the library's words
};

struct HttpLimits {
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds whole{30'000};
  std::size_t answer_bytes = 64 << 10;
};

struct HttpSettings {
  std::string ca_file;  // empty: the operating system's authorities
  std::string proxy;    // empty: none, whatever the environment says
  HttpLimits limits;
};

// Thread-safe: as many requests at once as threads ask.
class HttpClient {
 public:
  explicit HttpClient(HttpSettings settings);
  ~HttpClient();  // no request is under way
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Blocks at most for the limit, the settings' or a shorter one.
  tl::expected<HttpReply, HttpFailure> run(const HttpRequest& request, std::chrono::milliseconds limit);
  // Requests under way end within a second, later ones at once.
  void interrupt() noexcept { interrupted_ = true; }

 private:
  struct Handle;
  std::unique_ptr<Handle> take();

  const HttpSettings settings_;
  std::atomic<bool> interrupted_{false};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Handle>> idle_;  // guarded by mutex_; never more than were under way at once
};

}  // namespace messo::sms_http
