// A provider's call (docs/receipts.md). Everybody may knock: token, size and rates are checked before the plugin sees anything.
#include "api/resources/resources.hpp"
#include "base/ascii.hpp"

namespace messo::api::resources {
namespace {

// RFC 9110 §5.2: a field sent twice is one with both values.
std::string headers_json(const http::Request& request) {
  Json out = Json::object();
  for (const auto& [name, value] : request.fields) {
    auto& member = out[lower_case(std::string(name))];
    member = member.is_string() ? member.get<std::string>() + ", " + std::string(value) : std::string(value);
  }
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

ReceiptCall call_of(Exchange& exchange) {
  const http::Request& request = exchange.request;
  const auto question = request.target.find('?');
  ReceiptCall call;
  call.method = request.method;
  call.path = request.target.substr(0, question);
  if (question != std::string_view::npos) call.query = request.target.substr(question + 1);
  call.headers_json = headers_json(request);
  call.body = std::move(exchange.request.body);
  if (request.peer != nullptr) call.client_address = request.peer->address;
  call.url = base_url(exchange) + std::string(request.target);
  return call;
}

Response refused_call(const http::Request& request, const Error& error) {
  if (error.code != "too_many_calls") return problem(request, error);
  auto response = problem(request, 429, error.code, error.message);
  response.add("Retry-After", std::to_string(error.retry_after.value_or(Seconds{1}).count()));
  return response;
}

}  // namespace

std::optional<Response> admit_callback(Hub& hub, const http::Request& request, const std::string& token) {
  auto* desk = hub.parts.callbacks;
  const Status admitted = desk != nullptr ? desk->admits(token, request.content_length.value_or(0))
                                          : Status(fail(ErrorKind::not_found, "no_such_path", "There is nothing at this address."));
  if (!admitted) return problem(request, admitted.error());
  return {};
}

Response take_callback(Exchange& exchange) {
  const std::string token = exchange.args.front();
  if (auto refusal = admit_callback(exchange.hub, exchange.request, token)) return *std::move(refusal);
  try {
    auto taken = exchange.hub.parts.callbacks->take(token, call_of(exchange));
    if (!taken) return refused_call(exchange.request, taken.error());
    Response response;
    response.status = taken->status;
    response.content_type = taken->content_type.empty() ? "text/plain; charset=utf-8" : std::move(taken->content_type);
    if (taken->status != 204 && taken->status != 304) response.body = std::move(taken->body);
    return response;
  } catch (const std::exception&) {  // not further up: the log there names the address, which is a secret
    return problem(exchange.request, 500, "internal", "The hub made a mistake.");
  }
}

}  // namespace messo::api::resources
