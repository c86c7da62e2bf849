// The command line's way to the daemon.
#pragma once
#include <iosfwd>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/percent.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace messo::cli {

struct ApiRequest {
  std::string method = "GET";
  std::string path;                                             // "/v1/notifications"
  std::vector<std::pair<std::string, std::string>> query = {};  // not encoded yet; empty values are left out
  nlohmann::json body = nullptr;                                // null: none
  std::vector<std::pair<std::string, std::string>> headers = {};
  Millis timeout{30'000};
  std::ostream* into = nullptr;  // a good answer's body goes there, not into `text`
};
struct ApiAnswer {
  int status = 0;
  nlohmann::json body;  // null when it is no JSON
  std::string text;     // as received
};

// One thread at a time.
class ApiClient {
 public:
  virtual ~ApiClient() = default;
  // Answers below 400. Errors: unavailable "daemon_unreachable" (nobody answers there), otherwise the daemon's problem: kind by status,
  // code by its type, fields by JSON pointer or parameter.
  virtual Result<ApiAnswer> call(const ApiRequest& request) = 0;
  // "unix:/run/messo/messo.sock", "https://...": for messages.
  virtual std::string where() const = 0;
};

struct Connection {
  std::string socket;  // path; empty: `url`
  std::string url;     // "http://127.0.0.1:8780"
  Secret key;          // with a url
};
std::unique_ptr<ApiClient> make_api_client(Connection connection);

// The first socket that exists: $STATE_DIRECTORY, /run/messo, /var/lib/messo, ./messo-data; the last one when none does.
std::string find_socket();

// problem+json (RFC 9457) or whatever came instead. Pure.
Error to_error(int status, const nlohmann::json& problem, const std::string& text);

}  // namespace messo::cli
