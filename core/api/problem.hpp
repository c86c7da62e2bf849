// Errors as application/problem+json (RFC 9457). Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "api/http/message.hpp"
#include "base/result.hpp"

namespace messo::api {

// Everything found wrong with a request, gathered so that the sender sees all of it at once.
class Findings {
 public:
  // The request is not what the interface says (wrong type, unknown field): 400.
  void malformed(std::string pointer, std::string message);
  // Well formed, but it cannot be done: 422. `code` where a program may want to tell mistakes apart.
  void wrong(std::string pointer, std::string message, std::string code = {});
  void wrong(std::vector<FieldError> errors);
  bool empty() const { return errors_.empty(); }
  bool any_malformed() const { return malformed_; }
  const std::vector<FieldError>& errors() const { return errors_; }
  // Whether something inside this object is wrong already.
  bool inside(std::string_view pointer) const;

 private:
  void add(std::string pointer, std::string message, std::string code);
  std::vector<FieldError> errors_;
  bool malformed_ = false;
};

// `code` becomes the type: "urn:messo:problem:" + code. `detail` is shown to the sender.
http::Response problem(const http::Request& request, int status, std::string_view code, std::string_view detail,
                       const std::vector<FieldError>& errors = {});
// By the kind of error; `detail` of the error stays private. Adds Retry-After where there is one.
http::Response problem(const http::Request& request, const Error& error);
http::Response problem(const http::Request& request, const Findings& findings);
// A wrong query parameter or header field: 400.
http::Response bad_parameter(const http::Request& request, std::string_view name, std::string_view detail);

int status_of(ErrorKind kind);
// As its kind says, but 429 (RFC 6585 §4) where a limit of the sender's own was reached, and not one of the hub.
int status_of(const Error& error);

}  // namespace messo::api
