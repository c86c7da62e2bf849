// An HTTP request as the resources see it, and their answer.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace messo::http {

// Who is on the other side of the connection, as far as the transport knows.
struct Peer {
  std::string address;         // IP address; empty on the Unix socket
  bool local = false;          // came over the Unix socket
  bool administrator = false;  // let in by its peer credentials (Unix socket only)
  std::uint32_t uid = 0;       // Unix socket only
  bool encrypted = false;
};

// A request, read whole. The views point into `head`, hence not copied nor moved. One thread.
class Request {
 public:
  Request() = default;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  std::string head;  // request line and fields as received
  std::string_view method;
  std::string_view target;                                 // as received: path and query
  std::string path;                                        // percent-decoded, no query
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  bool http_1_0 = false;
  bool keep_alive = true;
  bool chunked = false;
  bool expect_continue = false;
  std::optional<std::uint64_t> content_length;
  std::string body;
  std::string id;        // of this request, for log and answers
  int route = -1;        // for the handler: what it made of the request
  std::string consumer;  // for the log: the key that asked
  const Peer* peer = nullptr;

  // The field's value, names compared without case; nullopt when absent. Fields that must be single are checked when the head is read.
  std::optional<std::string_view> field(std::string_view name) const;
  std::optional<std::string_view> parameter(std::string_view name) const;
  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

// A body too large for memory: it is read while it is sent.
struct BodySource {
  std::uint64_t size = 0;  // bytes of the whole
  // At least one and at most `length` bytes from `offset`. An error breaks the answer off, which the client notices by its length. Called
  // by the connection's thread.
  std::function<Result<std::string>(std::uint64_t offset, std::uint64_t length)> read;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::shared_ptr<const BodySource> source = {};                 // instead of `body`, where there is one
  std::vector<std::pair<std::string_view, std::string>> fields;  // names are literals
  bool close = false;

  std::uint64_t size() const { return source ? source->size : body.size(); }
  void add(std::string_view name, std::string value) { fields.emplace_back(name, std::move(value)); }
};

// The whole answer but for the body: status line, standard and security fields, an empty line. `date` is an IMF-fixdate (RFC 9110 §5.6.7).
std::string serialize_head(const Response& response, const Request& request, bool keep_alive, std::string_view date);
std::string_view reason_phrase(int status);

// Equal but for ASCII case.
bool same_name(std::string_view a, std::string_view b);

}  // namespace messo::http
