#include "sms_http/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace messo::sms_http {
namespace {

using std::chrono::milliseconds;

constexpr long kIdleSeconds = 10;  // a kept connection older than that is more likely closed by the gateway than worth its handshake
constexpr long kLongestWait = 3600;

// What one request reads, writes and learns.
struct Exchange {
  const HttpRequest& request;
  std::size_t most;
  const std::atomic<bool>& interrupted;
  std::size_t given = 0;  // bytes of the body that libcurl took
  bool asked = false;     // it asked for the body, so the head may have left
  HttpReply reply{};
};

std::size_t give_body(char* into, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  exchange.asked = true;
  const auto rest = std::string_view(*exchange.request.body).substr(exchange.given);
  const std::size_t bytes = std::min(size * count, rest.size());
  std::memcpy(into, rest.data(), bytes);
  exchange.given += bytes;
  return bytes;
}

int never_wind_back(void*, curl_off_t, int) { return CURL_SEEKFUNC_FAIL; }

std::size_t take_answer(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::size_t length = size * count;
  const std::size_t room = exchange.most - exchange.reply.body.size();
  exchange.reply.body.append(bytes, std::min(length, room));
  return length <= room ? length : 0;
}

int go_on(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return static_cast<Exchange*>(user)->interrupted.load() ? 1 : 0; }

HttpFailure::What what_failed(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT: return HttpFailure::What::unreachable;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR: return HttpFailure::What::certificate;
    case CURLE_OPERATION_TIMEDOUT: return HttpFailure::What::timeout;
    case CURLE_ABORTED_BY_CALLBACK: return HttpFailure::What::interrupted;
    default: return HttpFailure::What::closed;
  }
}

}  // namespace

struct HttpClient::Handle {
  Handle() : curl(curl_easy_init()) {
    if (curl == nullptr) throw std::runtime_error("no memory for an HTTP request");
  }
  ~Handle() { curl_easy_cleanup(curl); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  CURL* curl;
};

HttpClient::HttpClient(HttpSettings settings) : settings_(std::move(settings)) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready != CURLE_OK) throw std::runtime_error("libcurl does not start");
}

HttpClient::~HttpClient() = default;

std::unique_ptr<HttpClient::Handle> HttpClient::take() {
  const std::scoped_lock hold(mutex_);
  if (idle_.empty()) return std::make_unique<Handle>();
  auto handle = std::move(idle_.back());
  idle_.pop_back();
  return handle;
}

tl::expected<HttpReply, HttpFailure> HttpClient::run(const HttpRequest& request, milliseconds limit) {
  limit = std::min(limit, settings_.limits.whole);
  if (interrupted_ || limit.count() <= 0) {
    return tl::unexpected(HttpFailure{interrupted_ ? HttpFailure::What::interrupted : HttpFailure::What::timeout, false, {}});
  }
  auto handle = take();
  CURL* const curl = handle->curl;
  Exchange exchange{request, settings_.limits.answer_bytes, interrupted_};
  char problem[CURL_ERROR_SIZE] = "";
  curl_easy_reset(curl);  // keeps the connection
  const auto set = [curl](CURLoption option, auto value) { curl_easy_setopt(curl, option, value); };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!settings_.ca_file.empty()) {
    set(CURLOPT_CAINFO, settings_.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
  set(CURLOPT_PROXY, settings_.proxy.c_str());
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_USERAGENT, "Messo");
  set(CURLOPT_MAXAGE_CONN, kIdleSeconds);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(limit, settings_.limits.connect).count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  set(CURLOPT_ERRORBUFFER, static_cast<char*>(problem));
  set(CURLOPT_WRITEFUNCTION, &take_answer);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
  set(CURLOPT_XFERINFOFUNCTION, &go_on);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(&exchange));
  set(CURLOPT_NOPROGRESS, 0L);
  const bool has_body = request.body && !request.body->empty();
  if (request.body) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body->size()));
    if (!has_body) set(CURLOPT_POSTFIELDS, "");
  }
  if (has_body) {
    set(CURLOPT_READFUNCTION, &give_body);
    set(CURLOPT_READDATA, static_cast<void*>(&exchange));
    set(CURLOPT_SEEKFUNCTION, &never_wind_back);
  } else {
    set(CURLOPT_FRESH_CONNECT, 1L);  // nothing to wind back: only a connection of its own is never tried twice
  }
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_slist* headers = curl_slist_append(nullptr, "Expect:");
  for (const auto& header : request.headers) headers = curl_slist_append(headers, header.c_str());
  set(CURLOPT_HTTPHEADER, headers);

  const CURLcode code = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &exchange.reply.status);
  long written = 0;
  curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &written);
  curl_off_t wait = 0;
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait);
  curl_slist_free_all(headers);
  curl_easy_reset(curl);  // it points into what ends here
  {
    const std::scoped_lock hold(mutex_);
    idle_.push_back(std::move(handle));
  }
  if (wait > 0) exchange.reply.retry_after = std::chrono::seconds(std::min<curl_off_t>(wait, kLongestWait));
  if (code == CURLE_OK) return std::move(exchange.reply);
  if (exchange.reply.status >= 200) {  // what it said is known, if not all of it
    exchange.reply.cut = true;
    return std::move(exchange.reply);
  }
  return tl::unexpected(HttpFailure{what_failed(code), exchange.asked || (!has_body && written > 0),
                                    problem[0] != '\0' ? problem : curl_easy_strerror(code)});
}

}  // namespace messo::sms_http
