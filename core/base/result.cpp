#include "base/result.hpp"

namespace messo {

Error::Error(ErrorKind what, std::string stable_code, std::string public_sentence, std::string private_detail,
             std::vector<FieldError> wrong, std::optional<std::chrono::seconds> again)
    : kind(what),
      code(std::move(stable_code)),
      message(std::move(public_sentence)),
      detail(std::move(private_detail)),
      fields(std::move(wrong)),
      retry_after(again) {}
Error::Error(const Error&) = default;
Error::Error(Error&&) noexcept = default;
Error& Error::operator=(const Error&) = default;
Error& Error::operator=(Error&&) noexcept = default;
Error::~Error() = default;

tl::unexpected<Error> fail(ErrorKind kind, std::string code, std::string message, std::string detail) {
  return tl::unexpected<Error>(Error(kind, std::move(code), std::move(message), std::move(detail)));
}

tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

tl::unexpected<Error> fail_field(std::string field, std::string code, std::string message) {
  std::vector<FieldError> fields{{std::move(field), message}};
  return tl::unexpected<Error>(Error(ErrorKind::invalid, std::move(code), std::move(message), {}, std::move(fields)));
}

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid: return "invalid";
    case ErrorKind::unauthenticated: return "unauthenticated";
    case ErrorKind::forbidden: return "forbidden";
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::conflict: return "conflict";
    case ErrorKind::too_large: return "too_large";
    case ErrorKind::overloaded: return "overloaded";
    case ErrorKind::unavailable: return "unavailable";
    case ErrorKind::corrupt: return "corrupt";
    case ErrorKind::internal: return "internal";
  }
  return "internal";
}

}  // namespace messo
