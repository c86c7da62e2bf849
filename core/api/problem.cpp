#include "api/problem.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/exchange.hpp"

namespace messo::api {
namespace {

constexpr std::size_t kMostErrors = 100;

http::Response write(const http::Request& request, int status, std::string_view code, std::string_view detail, Json errors) {
  Json body = {{"type", "urn:messo:problem:" + std::string(code)},
               {"title", http::reason_phrase(status)},
               {"status", status},
               {"detail", detail},
               {"instance", "urn:messo:request:" + request.id}};
  if (!errors.empty()) body["errors"] = std::move(errors);
  http::Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

}  // namespace

bool Findings::inside(std::string_view pointer) const {
  return std::any_of(errors_.begin(), errors_.end(), [&](const FieldError& error) {
    return error.field.size() > pointer.size() && error.field.starts_with(pointer) && error.field[pointer.size()] == '/';
  });
}

void Findings::add(std::string pointer, std::string message, std::string code) {
  if (errors_.size() < kMostErrors) errors_.push_back({std::move(pointer), std::move(message), std::move(code)});
}
void Findings::malformed(std::string pointer, std::string message) {
  malformed_ = true;
  add(std::move(pointer), std::move(message), {});
}
void Findings::wrong(std::string pointer, std::string message, std::string code) {
  add(std::move(pointer), std::move(message), std::move(code));
}
void Findings::wrong(std::vector<FieldError> errors) {
  for (auto& error : errors) add(std::move(error.field), std::move(error.message), std::move(error.code));
}

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid: return 422;
    case ErrorKind::unauthenticated: return 401;
    case ErrorKind::forbidden: return 403;
    case ErrorKind::not_found: return 404;
    case ErrorKind::conflict: return 409;
    case ErrorKind::too_large: return 413;
    case ErrorKind::overloaded:
    case ErrorKind::unavailable: return 503;
    case ErrorKind::corrupt:
    case ErrorKind::internal: return 500;
  }
  return 500;
}

int status_of(const Error& error) {
  if (error.kind == ErrorKind::overloaded && (error.code == "service_queue_full" || error.code == "sms_budget_exceeded")) return 429;
  return status_of(error.kind);
}

http::Response problem(const http::Request& request, int status, std::string_view code, std::string_view detail,
                       const std::vector<FieldError>& errors) {
  auto list = Json::array();
  for (const auto& error : errors) {
    Json one = {{"pointer", "#" + error.field}, {"detail", error.message}};
    if (!error.code.empty()) one["code"] = error.code;
    list.push_back(std::move(one));
  }
  auto response = write(request, status, code, detail, std::move(list));
  if (status == 401) response.add("WWW-Authenticate", "Bearer realm=\"messo\"");
  if (status == 503) response.add("Retry-After", "1");
  return response;
}

http::Response problem(const http::Request& request, const Error& error) {
  const int status = status_of(error);
  if (status == 500) {
    return problem(request, 500, "internal", "The hub made a mistake. Its log has the details under this request's id.");
  }
  auto response = problem(request, status, error.code.empty() ? to_string(error.kind) : error.code, error.message, error.fields);
  if (error.retry_after && (status == 503 || status == 429)) {
    std::erase_if(response.fields, [](const auto& field) { return field.first == "Retry-After"; });
    response.add("Retry-After", std::to_string(error.retry_after->count()));
  }
  return response;
}

http::Response problem(const http::Request& request, const Findings& findings) {
  const auto count = findings.errors().size();
  const std::string detail =
      count == 1 ? findings.errors().front().message
                 : "There are " + std::to_string(count) + " mistakes in the request; `errors` names each field and its remedy.";
  if (findings.any_malformed()) return problem(request, 400, "malformed", detail, findings.errors());
  return problem(request, 422, "unprocessable", detail, findings.errors());
}

http::Response bad_parameter(const http::Request& request, std::string_view name, std::string_view detail) {
  return write(request, 400, "bad_parameter", detail, Json::array({{{"parameter", name}, {"detail", detail}}}));
}

}  // namespace messo::api
