#include "api/exchange.hpp"

#include <algorithm>
#include <charconv>

#include "api/json_input.hpp"

namespace messo::api {
namespace {

// A host as RFC 3986 §3.2.2 has it, with port: nothing that could break out of a link.
bool is_plain_host(std::string_view host) {
  return !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-:[]").find(c) != std::string_view::npos;
  });
}

std::string_view next_segment(std::string_view& path) {
  path.remove_prefix(1);
  const auto end = std::min(path.find('/'), path.size());
  const auto segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

template <class T>
Result<std::optional<T>> number(const http::Request& request, std::string_view name, T least, T most) {
  const auto text = request.parameter(name);
  if (!text) return std::optional<T>{};
  T value{};
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (text->empty() || error != std::errc{} || end != text->data() + text->size() || value < least || value > most) {
    return fail_field(std::string(name), "bad_parameter",
                      "must be a number between " + std::to_string(least) + " and " + std::to_string(most));
  }
  return std::optional<T>{value};
}

}  // namespace

bool match(std::string_view pattern, std::string_view path, std::vector<std::string>& args) {
  args.clear();
  while (!pattern.empty() && !path.empty()) {
    if (pattern.front() != '/' || path.front() != '/') return false;
    const auto wanted = next_segment(pattern), given = next_segment(path);
    if (wanted.starts_with('{')) {
      if (given.empty()) return false;
      args.emplace_back(given);
    } else if (wanted != given) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

http::Response answer(const Json& body, int status) {
  http::Response response;
  response.status = status;
  response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

http::Response answer(const http::Request& request, const Error& error) { return problem(request, error); }

http::Response parameter_error(const http::Request& request, const Error& error) {
  const std::string name = error.fields.empty() ? "" : error.fields.front().field;
  return bad_parameter(request, name, error.message);
}

tl::expected<nlohmann::json, http::Response> body_of(const Exchange& exchange) {
  auto parsed = parse_json(exchange.request.body);
  if (parsed) return *std::move(parsed);
  return tl::unexpected<http::Response>(problem(exchange.request, 400, parsed.error().code, parsed.error().message, parsed.error().fields));
}

Result<std::size_t> limit_of(const http::Request& request, std::size_t most) {
  auto value = number<std::uint32_t>(request, "limit", 1, static_cast<std::uint32_t>(most));
  if (!value) return fail(value.error());
  return value->value_or(50);
}

Result<std::optional<Instant>> instant_of(const http::Request& request, std::string_view name) {
  const auto text = request.parameter(name);
  if (!text) return std::optional<Instant>{};
  const auto at = parse_rfc3339(*text);
  if (!at) return fail_field(std::string(name), "bad_parameter", "must be an instant like \"2026-11-22T10:00:00Z\" (RFC 3339)");
  return std::optional<Instant>{*at};
}

Result<std::optional<std::uint32_t>> version_of(const http::Request& request) {
  return number<std::uint32_t>(request, "version", 1, 1'000'000);
}

Result<bool> flag_of(const http::Request& request, std::string_view name) {
  const auto text = request.parameter(name);
  if (!text || *text == "false") return false;
  if (*text == "true") return true;
  return fail_field(std::string(name), "bad_parameter", "must be \"true\" or \"false\"");
}

std::string base_url(const Exchange& exchange) {
  if (!exchange.hub.options.public_url.empty()) return exchange.hub.options.public_url;
  const auto host = exchange.request.field("Host");
  const auto* peer = exchange.request.peer;
  if (!host || peer == nullptr || peer->local || !is_plain_host(*host)) return {};
  return (peer->encrypted ? "https://" : "http://") + std::string(*host);
}

}  // namespace messo::api
