// An HTTP server on loopback that answers as a test wants: also not at all. Poco's, on threads of its own.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "peers/test_certificates.hpp"

namespace messo::peers {

struct PeerRequest {
  std::string method, target, path, query, body;
  std::map<std::string, std::string> headers;  // names in lower case
};

struct PeerReply {
  enum class Then : std::uint8_t {
    answer,
    close,  // the connection, without a word
    hang,   // say nothing until the client goes or the server ends
  };
  int status = 200;
  std::string body = {};
  std::string content_type = "application/json";
  std::map<std::string, std::string> headers = {};
  Then then = Then::answer;
};

class HttpPeer {
 public:
  using Handler = std::function<PeerReply(const PeerRequest&)>;

  // Takes connections on 127.0.0.1 when it returns. The handler is called on several threads.
  explicit HttpPeer(Handler handler);
  HttpPeer(Handler handler, const CertificateFiles& tls);
  ~HttpPeer();
  HttpPeer(const HttpPeer&) = delete;
  HttpPeer& operator=(const HttpPeer&) = delete;

  std::uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:PORT/"; with TLS "https://localhost:PORT/"

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// name=value pairs of a form or query, decoded.
using PeerPairs = std::vector<std::pair<std::string, std::string>>;
PeerPairs decoded_pairs(std::string_view encoded);
std::string encoded_pairs(const PeerPairs& pairs);
std::string value_of(const PeerPairs& pairs, std::string_view name);  // of the first; ""

}  // namespace messo::peers
