// The HTTP/1.1 server: Poco's TCP server with connections of our own that keep the bounds of DESIGN §8. A thread per connection.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "api/http/connection_gate.hpp"
#include "api/http/head_parser.hpp"
#include "api/http/message.hpp"
#include "api/http/tls_identity.hpp"
#include "base/log.hpp"
#include "base/result.hpp"

namespace messo::http {

// What answers requests. Called by many threads at once; exceptions become 500.
class Handler {
 public:
  virtual ~Handler() = default;
  // Looks at the head before a body is read: an answer refuses the request without taking its body. Cheap: no I/O.
  virtual std::optional<Response> before_body(const Request& request) = 0;
  virtual Response handle(Request& request) = 0;
  // The answer to what is no proper request. Fields of `request` may be missing.
  virtual Response refuse(const Request& request, const Fault& fault) = 0;
  // After the answer has been written. `seconds`: from the first byte of the request to the last of the answer.
  virtual void done(const Request& request, const Response& response, double seconds) = 0;
};

struct ListenerOptions {
  std::string name;              // "public", "admin", "socket": for the log
  std::string address;           // "host:port", "[::1]:8480"; port 0 picks a free one. Empty with `socket`
  std::filesystem::path socket;  // Unix socket; its folder must exist
  std::string socket_group;      // whose members are administrators too; may be empty
  TlsIdentityPtr tls;            // not null: HTTPS only, TLS 1.2 and later
  GateLimits gate;
  HeadLimits head;
  Millis request_deadline = std::chrono::seconds(30);  // head and body together, from the first byte
  Millis keep_alive = std::chrono::seconds(15);        // without a request
  Millis write_deadline = std::chrono::seconds(15);
  std::uint64_t max_body = 16ULL << 20;           // 413 beyond
  std::uint64_t bodies_in_memory = 256ULL << 20;  // of all connections together; 503 beyond
};

class Server {
 public:
  virtual ~Server() = default;  // stops at once
  // The port bound; 0 for a Unix socket.
  virtual std::uint16_t port() const = 0;
  virtual ConnectionGate::Counts connections() const = 0;
  // What later handshakes show; any thread. Only where the server began with an identity.
  virtual void show(TlsIdentityPtr identity) = 0;
  // Accepts nothing more, answers the requests at hand, closes. Blocks at most about `limit`.
  virtual void stop(Millis limit) = 0;
};

// Binds and serves. `handler` and `log` must outlive the server. Errors: unavailable (address in use) naming the remedy.
Result<std::unique_ptr<Server>> start_server(const ListenerOptions& options, Handler& handler, Log& log);

}  // namespace messo::http
