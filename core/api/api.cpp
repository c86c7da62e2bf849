#include "api/api.hpp"

#include <fmt/format.h>

#include "config/problems.hpp"

namespace messo::api {
namespace {

using http::Request;
using http::Response;

bool permits(const Caller& caller, Need need) {
  switch (need) {
    case Need::nothing: return true;
    case Need::send: return caller.scopes.has(Scope::send);
    case Need::read: return caller.scopes.has(Scope::read);
    case Need::send_or_read: return caller.scopes.has(Scope::send) || caller.scopes.has(Scope::read);
    case Need::admin: return caller.scopes.has(Scope::admin);
    case Need::whole_hub: return caller.whole_hub;
  }
  return false;
}

Response refuse_scope(const Request& request, Need need) {
  if (need == Need::whole_hub) {
    return problem(request, 403, "forbidden",
                   "Only an administrator of the whole hub may do this: use the `messo` command on its machine.");
  }
  const std::string_view scope = need == Need::send ? "send" : need == Need::read ? "read" : need == Need::admin ? "admin" : "send or read";
  return problem(request, 403, "forbidden", "The key lacks the scope \"" + std::string(scope) + "\"; use another key.");
}

bool is_json(const Request& request) {
  const auto type = request.field("Content-Type");
  if (!type) return false;
  const auto semicolon = type->find(';');
  auto essence = type->substr(0, semicolon);
  while (!essence.empty() && essence.back() == ' ') essence.remove_suffix(1);
  return http::same_name(essence, "application/json");
}

std::optional<Response> check_parameters(const Request& request, const Route& route) {
  if (!route.parameters.empty() && route.parameters.front() == kAnyParameter) return {};
  for (const auto& [name, value] : request.query) {
    if (std::find(route.parameters.begin(), route.parameters.end(), name) == route.parameters.end()) {
      const auto nearest = nearest_word(name, route.parameters);
      return bad_parameter(request, name,
                           nearest.empty() ? "There is no such query parameter here."
                                           : fmt::format("There is no such query parameter; did you mean \"{}\"?", nearest));
    }
    if (std::count_if(request.query.begin(), request.query.end(), [&](const auto& other) { return other.first == name; }) > 1) {
      return bad_parameter(request, name, "The query parameter is there more than once.");
    }
  }
  return {};
}

void add_rate_fields(Response& response, const ServiceRates::Verdict& verdict) {
  if (!verdict.limited) return;
  response.add("RateLimit-Limit", std::to_string(verdict.limit));
  response.add("RateLimit-Remaining", std::to_string(verdict.remaining));
  response.add("RateLimit-Reset", std::to_string(verdict.reset));
}

Response too_many(const Request& request, const ServiceRates::Verdict& verdict) {
  auto response = problem(request, 429, "rate_limited",
                          fmt::format("The service may make {} requests per second; try again in a second.", verdict.limit));
  response.add("Retry-After", std::to_string(verdict.reset));
  return response;
}

struct Matched {
  const Route* route = nullptr;
  std::vector<std::string> args;
  std::string allow;  // other methods the path has
};

Matched find_route(const Request& request, std::uint8_t side) {
  const auto method = request.method == "HEAD" ? std::string_view("GET") : request.method;
  Matched found;
  for (const auto& route : routes()) {
    if ((route.sides & side) == 0 || !match(route.pattern, request.path, found.args)) continue;
    if (route.method == method) {
      found.route = &route;
      return found;
    }
    if (!found.allow.empty()) found.allow += ", ";
    found.allow += route.method == "GET" ? "GET, HEAD" : std::string(route.method);
  }
  return found;
}

Response no_route(const Request& request, const Matched& matched) {
  if (matched.allow.empty())
    return problem(request, 404, "no_such_path", "There is nothing at this address; GET /openapi.yaml lists what there is.");
  auto response = problem(request, 405, "method_not_allowed", "The method is not allowed here; use " + matched.allow + ".");
  response.add("Allow", matched.allow);
  return response;
}

}  // namespace

// One listener's view of the hub.
class Api::SideHandler final : public http::Handler {
 public:
  SideHandler(Hub& hub, std::uint8_t side) : hub_(hub), side_(side) {}

  std::optional<Response> before_body(const Request& request) override {
    const auto matched = find_route(request, side_);
    if (matched.route == nullptr) return no_route(request, matched);
    if (matched.route->admit != nullptr) return matched.route->admit(hub_, request, matched.args.front());
    if (matched.route->need == Need::nothing) return {};
    const auto caller = hub_.keys.authenticate(request);
    if (!caller) return answer(request, caller.error());
    if (!permits(*caller, matched.route->need)) return refuse_scope(request, matched.route->need);
    return {};
  }

  Response handle(Request& request) override {
    auto matched = find_route(request, side_);
    if (matched.route == nullptr) return no_route(request, matched);
    const Route& route = *matched.route;
    request.route = static_cast<int>(&route - routes().data());
    Exchange exchange{hub_, request, {}, std::move(matched.args), hub_.parts.clock.now()};
    if (route.need == Need::nothing) {
      if (auto wrong = check_parameters(request, route)) return *std::move(wrong);
      return route.handle(exchange);
    }
    auto caller = hub_.keys.authenticate(request);
    if (!caller) return answer(request, caller.error());
    exchange.caller = *std::move(caller);
    request.consumer = exchange.caller.actor;
    const auto rate =
        exchange.caller.service != nullptr ? hub_.rates.take(*exchange.caller.service, hub_.parts.clock.steady()) : ServiceRates::Verdict{};
    auto response = rate.allowed ? serve(exchange, route) : too_many(request, rate);
    add_rate_fields(response, rate);
    return response;
  }

  Response refuse(const Request& request, const http::Fault& fault) override {
    static constexpr std::string_view kCodes[] = {"bad_request",      "timeout",  "too_large", "address_too_long",
                                                  "header_too_large", "internal", "overloaded"};
    const auto code = fault.status == 408   ? kCodes[1]
                      : fault.status == 413 ? kCodes[2]
                      : fault.status == 414 ? kCodes[3]
                      : fault.status == 431 ? kCodes[4]
                      : fault.status == 500 ? kCodes[5]
                      : fault.status == 503 ? kCodes[6]
                                            : kCodes[0];
    return problem(request, fault.status, code, fault.detail);
  }

  void done(const Request& request, const Response& response, double seconds) override {
    static constexpr std::string_view kUnmatched = "unmatched";
    const bool matched = request.route >= 0;
    const auto pattern = matched ? routes()[static_cast<std::size_t>(request.route)].pattern : kUnmatched;
    hub_.metrics.request(matched ? routes()[static_cast<std::size_t>(request.route)].method : kUnmatched, pattern, response.status,
                         seconds);
    const auto level = hub_.options.access_log;
    if (!hub_.parts.log.enabled(level)) return;
    hub_.parts.log.write(level, "MSO-1610", "request",
                         {{"request", request.id},
                          {"method", std::string(request.method.substr(0, 16))},
                          {"route", std::string(pattern)},
                          {"status", std::to_string(response.status)},
                          {"ms", fmt::format("{:.1f}", seconds * 1000)},
                          {"consumer", request.consumer},
                          {"client", request.peer != nullptr ? request.peer->address : std::string()}});
  }

 private:
  Response serve(Exchange& exchange, const Route& route) {
    auto& request = exchange.request;
    if (!permits(exchange.caller, route.need)) return refuse_scope(request, route.need);
    if (auto wrong = check_parameters(request, route)) return *std::move(wrong);
    const bool for_service = (route.sides & kPublic) != 0;
    if (for_service) {
      if (auto named = act_for_service(exchange.caller, request); !named) return parameter_error(request, named.error());
    }
    if (route.body && !is_json(request)) {
      return problem(request, 415, "unsupported_type", "The body must be JSON: send it with \"Content-Type: application/json\".");
    }
    return route.handle(exchange);
  }

  Hub& hub_;
  const std::uint8_t side_;
};

Api::Api(ApiParts parts, ApiOptions options)
    : hub_(std::move(parts), std::move(options)),
      public_(std::make_unique<SideHandler>(hub_, kPublic)),
      admin_(std::make_unique<SideHandler>(hub_, kAdmin)),
      socket_(std::make_unique<SideHandler>(hub_, kSocket)) {}
Api::~Api() = default;

http::Handler& Api::public_side() { return *public_; }
http::Handler& Api::admin_side() { return *admin_; }
http::Handler& Api::socket_side() { return *socket_; }

}  // namespace messo::api
