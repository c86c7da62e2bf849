#include "peers/http_peer.hpp"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/StreamCopier.h>
#include <Poco/ThreadPool.h>
#include <Poco/URI.h>

#include <condition_variable>
#include <mutex>

#include "base/ascii.hpp"

namespace messo::peers {
namespace {

namespace net = Poco::Net;

net::ServerSocket plain_socket() {
  net::ServerSocket socket;
  socket.bind(Poco::Net::SocketAddress("127.0.0.1", 0), true);
  socket.listen();
  return socket;
}

net::ServerSocket secure_socket(const CertificateFiles& tls) {
  net::initializeSSL();
  const net::Context::Ptr context = new net::Context(net::Context::TLS_SERVER_USE, tls.key, tls.certificate, "", net::Context::VERIFY_NONE);
  net::SecureServerSocket socket(context);
  socket.bind(Poco::Net::SocketAddress("127.0.0.1", 0), true);
  socket.listen();
  return socket;
}

}  // namespace

struct HttpPeer::State {
  class OneRequest;
  class Factory;

  State(Handler given, const net::ServerSocket& socket, bool tls);

  Handler handler;
  bool secure;
  std::mutex mutex;
  std::condition_variable wake;
  bool ending = false;
  Poco::ThreadPool threads{2, 16};  // its own: they end with it, and with them what OpenSSL keeps for a thread
  std::unique_ptr<net::HTTPServer> server;
};

class HttpPeer::State::OneRequest : public net::HTTPRequestHandler {
 public:
  explicit OneRequest(State& state) : state_(state) {}

  void handleRequest(net::HTTPServerRequest& request, net::HTTPServerResponse& response) override {
    PeerRequest asked;
    asked.method = request.getMethod();
    asked.target = request.getURI();
    asked.path = asked.target.substr(0, asked.target.find('?'));
    if (asked.path.size() < asked.target.size()) asked.query = asked.target.substr(asked.path.size() + 1);
    for (const auto& [name, value] : request) asked.headers[lower_case(name)] = value;
    Poco::StreamCopier::copyToString(request.stream(), asked.body);
    const PeerReply reply = state_.handler(asked);
    if (reply.then == PeerReply::Then::hang) {
      std::unique_lock hold(state_.mutex);
      state_.wake.wait_for(hold, std::chrono::seconds(60), [this] { return state_.ending; });
    }
    if (reply.then != PeerReply::Then::answer) {
      response.setKeepAlive(false);
      dynamic_cast<net::HTTPServerRequestImpl&>(request).socket().shutdown();
      return;
    }
    response.setStatus(static_cast<net::HTTPResponse::HTTPStatus>(reply.status));
    response.setContentType(reply.content_type);
    for (const auto& [name, value] : reply.headers) response.set(name, value);
    response.sendBuffer(reply.body.data(), reply.body.size());
  }

 private:
  State& state_;
};

class HttpPeer::State::Factory : public net::HTTPRequestHandlerFactory {
 public:
  explicit Factory(State& state) : state_(state) {}
  net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override { return new OneRequest(state_); }

 private:
  State& state_;
};

HttpPeer::State::State(Handler given, const net::ServerSocket& socket, bool tls) : handler(std::move(given)), secure(tls) {
  net::HTTPServerParams::Ptr settings = new net::HTTPServerParams;
  settings->setMaxThreads(16);
  settings->setMaxQueued(64);
  settings->setKeepAlive(true);
  server = std::make_unique<net::HTTPServer>(new Factory(*this), threads, socket, settings);
  server->start();
}

HttpPeer::HttpPeer(Handler handler) : state_(std::make_unique<State>(std::move(handler), plain_socket(), false)) {}
HttpPeer::HttpPeer(Handler handler, const CertificateFiles& tls)
    : state_(std::make_unique<State>(std::move(handler), secure_socket(tls), true)) {}

HttpPeer::~HttpPeer() {
  {
    const std::scoped_lock hold(state_->mutex);
    state_->ending = true;
  }
  state_->wake.notify_all();
  state_->server->stopAll(true);
}

std::uint16_t HttpPeer::port() const { return state_->server->port(); }

std::string HttpPeer::url() const { return (state_->secure ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port()) + "/"; }

PeerPairs decoded_pairs(std::string_view encoded) {
  Poco::URI uri;
  uri.setRawQuery(std::string(encoded));
  return uri.getQueryParameters();
}

std::string encoded_pairs(const PeerPairs& pairs) {
  std::string out;
  for (const auto& [name, value] : pairs) {
    out += out.empty() ? "" : "&";
    Poco::URI::encode(name, "+&=;/?:@,$!*'()", out);
    out += '=';
    Poco::URI::encode(value, "+&=;/?:@,$!*'()", out);
  }
  return out;
}

std::string value_of(const PeerPairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace messo::peers
