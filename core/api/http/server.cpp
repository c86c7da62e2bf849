#include "api/http/server.hpp"

#include <Poco/Net/Context.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLManager.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/Net/TCPServerConnectionFactory.h>
#include <Poco/ThreadPool.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/http/connection.hpp"

namespace messo::http {
namespace {

using namespace std::chrono_literals;
namespace net = Poco::Net;

constexpr int kSpareThreads = 64;  // connections giving up their seat still hold a thread for a moment
constexpr int kBacklog = 1024;
constexpr int kStackBytes = 1 << 20;

class Factory final : public net::TCPServerConnectionFactory {
 public:
  explicit Factory(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  net::TCPServerConnection* createConnection(const net::StreamSocket& socket) override { return new Connection(socket, shared_); }

 private:
  std::shared_ptr<Shared> shared_;
};

// Gives seats, and a short answer to those who get none.
class Filter final : public net::TCPServerConnectionFilter {
 public:
  explicit Filter(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  bool accept(const net::StreamSocket& socket) override {
    const int fd = socket.impl()->sockfd();
    const auto admitted = shared_->gate.admit(fd, address_of(socket), shared_->options.keep_alive);
    if (admitted == ConnectionGate::Admitted::yes) return true;
    if (!socket.secure()) send_refusal(fd);
    return false;
  }

 private:
  std::string address_of(const net::StreamSocket& socket) const {
    if (!shared_->options.socket.empty()) return {};
    try {
      return socket.peerAddress().host().toString();
    } catch (const Poco::Exception&) {
      return {};
    }
  }
  // A new socket's buffer is empty: this never waits.
  static void send_refusal(int fd) {
    static const std::string kAnswer =
        bare_problem(503, "too_many_connections", "There are too many connections; reuse one, or try again shortly.", "Retry-After: 1\r\n");
    if (::send(fd, kAnswer.data(), kAnswer.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) ::shutdown(fd, SHUT_WR);
  }

  std::shared_ptr<Shared> shared_;
};

class PocoServer final : public Server {
 public:
  PocoServer(std::shared_ptr<Shared> shared, const net::ServerSocket& socket)
      : shared_(std::move(shared)),
        threads_(shared_->options.name, 2, static_cast<int>(shared_->options.gate.connections) + kSpareThreads, 60, kStackBytes),
        unix_socket_(shared_->options.socket) {
    net::TCPServerParams::Ptr params = new net::TCPServerParams;
    params->setMaxThreads(static_cast<int>(shared_->options.gate.connections) + kSpareThreads);
    params->setMaxQueued(static_cast<int>(shared_->options.gate.connections) + kSpareThreads);
    params->setThreadIdleTime(Poco::Timespan(30, 0));
    if (unix_socket_.empty()) port_ = socket.address().port();
    server_ = std::make_unique<net::TCPServer>(new Factory(shared_), threads_, socket, params);
    server_->setConnectionFilter(new Filter(shared_));
    server_->start();
  }
  ~PocoServer() override { stop(5s); }

  std::uint16_t port() const override { return port_; }
  ConnectionGate::Counts connections() const override { return shared_->gate.counts(); }
  void show(TlsIdentityPtr identity) override {
    shared_->tls.with([&](TlsIdentityPtr& shown) { shown = std::move(identity); });
  }

  void stop(Millis limit) override {
    if (!server_) return;
    server_->stop();
    shared_->gate.drain(limit);
    server_.reset();
    threads_.joinAll();
    if (!unix_socket_.empty()) ::unlink(unix_socket_.c_str());
  }

 private:
  std::shared_ptr<Shared> shared_;
  Poco::ThreadPool threads_;
  std::filesystem::path unix_socket_;
  std::uint16_t port_ = 0;
  std::unique_ptr<net::TCPServer> server_;
};

// A socket file nobody listens on is left over from a crash.
bool somebody_listens(const net::SocketAddress& address) {
  try {
    net::StreamSocket probe;
    probe.connect(address, Poco::Timespan(1, 0));
    return true;
  } catch (const Poco::Exception&) {
    return false;
  }
}

Result<net::ServerSocket> bind_unix(const ListenerOptions& options) {
  const auto path = options.socket.string();
  if (path.size() > 100)
    return fail(ErrorKind::unavailable, "socket_path", "The path of the Unix socket is over 100 bytes; choose a shorter one.");
  const net::SocketAddress address(net::SocketAddress::UNIX_LOCAL, path);
  if (std::filesystem::is_socket(options.socket)) {
    if (somebody_listens(address)) {
      return fail(ErrorKind::unavailable, "socket_in_use", "Another daemon listens on " + path + "; stop it or choose another socket.");
    }
    ::unlink(path.c_str());
  }
  net::ServerSocket socket;
  socket.bind(address, false);
  // Nobody can connect before listen(): the mode is right from the first connection on.
  ::chmod(path.c_str(), 0660);
  if (const auto group = group_id(options.socket_group); group && ::chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0) {
    return fail(ErrorKind::unavailable, "socket_group", "The daemon may not give " + path + " to the group " + options.socket_group + ".");
  }
  socket.listen(kBacklog);
  return socket;
}

// The identity is asked for at every handshake, so that a renewed one counts without a restart. The listener's parts outlive its
// connections.
int show_identity(SSL* connection, void* shared) {
  const auto identity = static_cast<Shared*>(shared)->tls.copy();
  return identity->show(connection) ? 1 : 0;
}

net::Context::Ptr tls_context(Shared& shared) {
  net::Context::Ptr context =
      new net::Context(net::Context::SERVER_USE, "", "", "", net::Context::VERIFY_NONE, 9, false, "HIGH:!aNULL:!MD5:!kRSA:!SHA1");
  context->disableProtocols(net::Context::PROTO_SSLV2 | net::Context::PROTO_SSLV3 | net::Context::PROTO_TLSV1 |
                            net::Context::PROTO_TLSV1_1);
  context->preferServerCiphers();
  SSL_CTX_set_cert_cb(context->sslContext(), &show_identity, &shared);
  return context;
}

// Never SO_REUSEPORT, which Poco sets along with SO_REUSEADDR when asked briefly: two daemons would share one port unseen.
template <class Socket>
net::ServerSocket bound(Socket socket, const net::SocketAddress& address) {
  socket.bind(address, true, false);
  socket.listen(kBacklog);
  return socket;
}

net::ServerSocket bind_tcp(Shared& shared) {
  const net::SocketAddress address(shared.options.address);
  if (!shared.options.tls) return bound(net::ServerSocket(), address);
  net::initializeSSL();
  return bound(net::SecureServerSocket(tls_context(shared)), address);
}

}  // namespace

Result<std::unique_ptr<Server>> start_server(const ListenerOptions& options, Handler& handler, Log& log) {
  try {
    auto shared = std::make_shared<Shared>(options, handler, log);
    auto socket = options.socket.empty() ? Result<net::ServerSocket>(bind_tcp(*shared)) : bind_unix(options);
    if (!socket) return fail(socket.error());
    return std::make_unique<PocoServer>(std::move(shared), *socket);
  } catch (const Poco::Exception& e) {
    const auto where = options.socket.empty() ? options.address : options.socket.string();
    return fail(ErrorKind::unavailable, "cannot_listen",
                "The " + options.name + " listener cannot use " + where + ": is the address taken, or not this machine's?",
                e.displayText());
  }
}

}  // namespace messo::http
