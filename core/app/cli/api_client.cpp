#include "app/cli/api_client.hpp"

#include <curl/curl.h>

#include <cstdlib>
#include <filesystem>
#include <ostream>

namespace messo::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kLargestAnswer = 256U << 20;

struct BodySink {
  CURL* curl;
  std::string& text;
  std::ostream* into;
};

std::size_t append_body(char* bytes, std::size_t size, std::size_t count, void* to) {
  const BodySink& sink = *static_cast<BodySink*>(to);
  long status = 0;
  curl_easy_getinfo(sink.curl, CURLINFO_RESPONSE_CODE, &status);
  if (sink.into != nullptr && status < 400) {
    sink.into->write(bytes, static_cast<std::streamsize>(size * count));
    return sink.into->good() ? size * count : 0;
  }
  if (sink.text.size() + size * count > kLargestAnswer) return 0;
  sink.text.append(bytes, size * count);
  return size * count;
}

struct HeaderList {
  curl_slist* list = nullptr;
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl_slist_free_all(list); }
  void add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
};

class CurlClient final : public ApiClient {
 public:
  explicit CurlClient(Connection connection) : connection_(std::move(connection)), curl_(curl_easy_init(), &curl_easy_cleanup) {}

  std::string where() const override { return connection_.socket.empty() ? connection_.url : "unix:" + connection_.socket; }

  Result<ApiAnswer> call(const ApiRequest& request) override {
    if (!curl_) return fail(ErrorKind::internal, "curl", "libcurl cannot be used");
    CURL* curl = curl_.get();
    curl_easy_reset(curl);
    const std::string url = (connection_.socket.empty() ? connection_.url : "http://localhost") + request.path + query_of(request);
    const std::string body = request.body.is_null() ? "" : request.body.dump(-1, ' ', false, json::error_handler_t::replace);
    HeaderList headers;
    headers.add("Accept: application/json");
    headers.add("Expect:");
    if (!request.body.is_null()) headers.add("Content-Type: application/json");
    if (!connection_.key.empty()) headers.add("Authorization: Bearer " + std::string(connection_.key.reveal()));
    for (const auto& [name, value] : request.headers) headers.add(name + ": " + value);

    ApiAnswer answer;
    BodySink sink{curl, answer.text, request.into};
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    if (!connection_.socket.empty()) curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, connection_.socket.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.list);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &append_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &sink);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 5'000L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "messo");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");  // the daemon is ours: never by way of somebody else's proxy
    if (request.method != "GET") {
      curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
      curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
    }
    const CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_WRITE_ERROR)
      return fail(ErrorKind::unavailable, "cannot_write", "the answer cannot be written: check the disk and your rights");
    if (code == CURLE_PARTIAL_FILE)
      return fail(ErrorKind::unavailable, "broke_off", "the answer broke off: see the daemon's log for what it could not read");
    if (code != CURLE_OK) return unreachable(code);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
    answer.body = json::parse(answer.text, nullptr, false);
    if (answer.body.is_discarded()) answer.body = nullptr;
    if (answer.status >= 400) return fail(to_error(answer.status, answer.body, answer.text));
    return answer;
  }

 private:
  static std::string query_of(const ApiRequest& request) {
    std::string out;
    for (const auto& [name, value] : request.query) {
      if (!value.empty()) out += (out.empty() ? '?' : '&') + percent_encode(name) + '=' + percent_encode(value);
    }
    return out;
  }

  tl::unexpected<Error> unreachable(CURLcode code) const {
    const std::string reason = curl_easy_strerror(code);
    if (code == CURLE_OPERATION_TIMEDOUT) {
      return fail(ErrorKind::unavailable, "daemon_unreachable",
                  "the daemon at " + where() + " does not answer in time: see its log, or try `messo doctor`");
    }
    if (connection_.socket.empty()) {
      return fail(ErrorKind::unavailable, "daemon_unreachable",
                  "no daemon answers at " + where() + " (" + reason + "): check the address, and that messod runs");
    }
    std::error_code ignored;
    const bool there = std::filesystem::exists(connection_.socket, ignored);
    return fail(
        ErrorKind::unavailable, "daemon_unreachable",
        there ? "the socket " + connection_.socket + " is there, but nobody answers (" + reason +
                    "): start messod, or run this as root or as the daemon's user"
              : "no daemon: there is no socket " + connection_.socket + ". Start messod, or name its socket with --socket or MESSO_SOCKET");
  }

  Connection connection_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl_;
};

ErrorKind kind_of(int status) {
  switch (status) {
    case 400:
    case 415:
    case 422: return ErrorKind::invalid;
    case 401: return ErrorKind::unauthenticated;
    case 403: return ErrorKind::forbidden;
    case 404: return ErrorKind::not_found;
    case 409: return ErrorKind::conflict;
    case 413: return ErrorKind::too_large;
    case 429:
    case 503: return ErrorKind::overloaded;
    default: return ErrorKind::internal;
  }
}

std::string text_of(const json& object, const char* name) {
  return object.is_object() && object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : std::string();
}

}  // namespace

std::unique_ptr<ApiClient> make_api_client(Connection connection) { return std::make_unique<CurlClient>(std::move(connection)); }

std::string find_socket() {
  std::vector<std::string> folders;
  if (const char* state = std::getenv("STATE_DIRECTORY"); state != nullptr && *state != '\0') folders.emplace_back(state);
  folders.insert(folders.end(), {"/run/messo", "/var/lib/messo", "messo-data"});
  std::string socket;
  for (const auto& folder : folders) {
    socket = folder + "/messo.sock";
    std::error_code ignored;
    if (std::filesystem::exists(socket, ignored)) break;
  }
  return socket;
}

Error to_error(int status, const json& problem, const std::string& text) {
  Error error;
  error.kind = kind_of(status);
  error.code = text_of(problem, "type");
  if (const auto colon = error.code.rfind(':'); colon != std::string::npos) error.code.erase(0, colon + 1);
  error.message = text_of(problem, "detail");
  if (error.message.empty()) error.message = text_of(problem, "title");
  if (error.message.empty())
    error.message = "the daemon answered " + std::to_string(status) + (text.empty() ? "" : ": " + text.substr(0, 200));
  if (!problem.is_object() || !problem.contains("errors") || !problem["errors"].is_array()) return error;
  for (const json& entry : problem["errors"]) {
    std::string field = text_of(entry, "pointer");
    if (field.starts_with('#')) field.erase(0, 1);
    if (field.empty()) field = text_of(entry, "parameter");
    error.fields.push_back({std::move(field), text_of(entry, "detail")});
  }
  return error;
}

}  // namespace messo::cli
