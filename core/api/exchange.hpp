// One request on its way through a resource, and the routes there are.
#pragma once
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/hub.hpp"
#include "api/problem.hpp"

namespace messo::api {

using Json = nlohmann::ordered_json;  // answers keep the order in which people read them

// Where a route is served; a set.
enum Side : std::uint8_t { kPublic = 1, kAdmin = 2, kSocket = 4 };
inline constexpr std::uint8_t kEverywhere = kPublic | kAdmin | kSocket;
inline constexpr std::uint8_t kApplications = kPublic | kSocket;
inline constexpr std::uint8_t kAdministrators = kAdmin | kSocket;

enum class Need : std::uint8_t { nothing, send, read, send_or_read, admin, whole_hub };

struct Exchange {
  Hub& hub;
  http::Request& request;
  Caller caller;                  // empty where the route needs nothing
  std::vector<std::string> args;  // what stood for the {} of the pattern
  Instant now{};

  const DirectorySnapshot& directory() const { return *caller.directory; }
};

struct Route {
  std::string_view method;
  std::string_view pattern;  // "/v1/notifications/{id}"
  std::uint8_t sides = kEverywhere;
  Need need = Need::nothing;
  std::span<const std::string_view> parameters;  // query parameters it understands
  bool body = false;                             // takes a JSON body
  http::Response (*handle)(Exchange&) = nullptr;
  // Looks at the head before the body is taken, with the first argument of the pattern; may be null. Cheap: no I/O.
  std::optional<http::Response> (*admit)(Hub&, const http::Request&, const std::string& argument) = nullptr;
};

// As the only one of a route's parameters: it takes any, also more than once.
inline constexpr std::string_view kAnyParameter = "*";

// All of them. Static.
std::span<const Route> routes();

// Whether the path fits the pattern; fills `args`.
bool match(std::string_view pattern, std::string_view path, std::vector<std::string>& args);

// 200 or another status with a JSON body.
http::Response answer(const Json& body, int status = 200);
http::Response answer(const http::Request& request, const Error& error);
// An error about query parameters: its fields name them. 400.
http::Response parameter_error(const http::Request& request, const Error& error);

// The request's body as JSON, or the problem to answer.
tl::expected<nlohmann::json, http::Response> body_of(const Exchange& exchange);

// Query parameters. Errors: invalid with the parameter as field.
Result<std::size_t> limit_of(const http::Request& request, std::size_t most = 500);
Result<std::optional<Instant>> instant_of(const http::Request& request, std::string_view name);
Result<std::optional<std::uint32_t>> version_of(const http::Request& request);
Result<bool> flag_of(const http::Request& request, std::string_view name);

// Base of absolute links: "https://host", or "" where the host is not known.
std::string base_url(const Exchange& exchange);

}  // namespace messo::api
