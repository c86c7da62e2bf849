// One connection: requests in, answers out, within its seat's deadlines.
#pragma once
#include <Poco/Net/TCPServerConnection.h>
#include <sys/types.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "api/http/server.hpp"
#include "base/guarded.hpp"

namespace messo::http {

// Memory that bodies of all connections may take together.
class BodyBudget {
 public:
  explicit BodyBudget(std::uint64_t bytes) : left_(static_cast<std::int64_t>(bytes)) {}
  bool take(std::uint64_t bytes);
  void give_back(std::uint64_t bytes) { left_ += static_cast<std::int64_t>(bytes); }

 private:
  std::atomic<std::int64_t> left_;
};

// What all connections of one listener share.
struct Shared {
  ListenerOptions options;
  Handler& handler;
  Log& log;
  ConnectionGate gate;
  BodyBudget bodies;
  Guarded<TlsIdentityPtr> tls;
  std::string id_prefix;  // of request ids
  std::atomic<std::uint64_t> next_id{1};

  Shared(const ListenerOptions& o, Handler& h, Log& l);
};

class Connection final : public Poco::Net::TCPServerConnection {
 public:
  Connection(const Poco::Net::StreamSocket& socket, std::shared_ptr<Shared> shared);
  ~Connection() override;
  void run() override;

 private:
  enum class Read : std::uint8_t { complete, closed, fault };

  // Only of a listener with TLS: a client that begins with something else is told so in plain HTTP.
  bool begins_with_tls();
  void refuse_plain_http();
  bool serve_one();  // false: close
  Read read_head(Request& request, Fault& fault);
  Read read_body(Request& request, Fault& fault);
  Read read_chunked(Request& request, Fault& fault);
  bool receive();  // appends what comes to pending_; false at the end
  bool take_line(std::string& line, Fault& fault);
  bool grow_budget(std::uint64_t to, Fault& fault);
  Millis time_left() const;
  bool send(const Request& request, const Response& response, bool keep_alive);  // false: it broke off
  bool send_source(const Request& request, const BodySource& source);
  void linger();  // so that a peer still sending reads the answer

  std::shared_ptr<Shared> shared_;
  ConnectionGate::Seat* seat_ = nullptr;
  Peer peer_;
  std::string pending_;  // received, not yet consumed
  std::uint64_t budget_ = 0;
  Steady request_began_{};
};

// A whole answer for somebody who gets no request through: there is no request to name in it. `fields` end with CR LF each.
std::string bare_problem(int status, std::string_view code, std::string_view detail, std::string_view fields = {});

// Credentials of the process at the other end of a Unix socket (SO_PEERCRED, SO_PEERGROUPS): root, the daemon's own user and members of
// `group` administrate.
Peer local_peer(int socket, const std::string& group);
// Empty: there is no such group, or no name.
std::optional<gid_t> group_id(const std::string& name);

}  // namespace messo::http
