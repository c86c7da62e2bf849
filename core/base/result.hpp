// Closed failures: every fallible function of the core returns Result<T>; exceptions do not cross a stage.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace messo {

// Why something could not be done. The API maps each kind to one HTTP status, the command line to one exit code.
enum class ErrorKind : unsigned char {
  invalid,          // the caller's input is wrong; `field` says where
  unauthenticated,  // no valid credential
  forbidden,        // valid credential, not allowed
  not_found,        // also: exists, but belongs to somebody else
  conflict,         // contradicts what is stored (idempotency key with another body, closed delivery, newer version)
  too_large,        // over a configured bound
  overloaded,       // admission refused it; try again after `retry_after`
  unavailable,      // a part outside us does not answer (disk, provider); temporary
  corrupt,          // stored or received bytes are not what they must be
  internal,         // a defect of ours
};

std::string_view to_string(ErrorKind kind);

// One wrong field of an input: `field` is a JSON pointer ("/recipient/email"), a TOML key or a flag.
struct FieldError {
  std::string field;
  std::string message;  // what is wrong and what would be right; safe to show to the sender
  std::string code{};   // stable, machine readable, where a program may want to tell mistakes apart; else empty
};

// What went wrong. `message` may be shown to whoever asked; `detail` is for the log only.
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string code;     // stable, machine readable: "template_not_found"
  std::string message;  // public sentence with the remedy; no personal data, no secrets
  std::string detail;   // private: library messages, paths
  std::vector<FieldError> fields;
  std::optional<std::chrono::seconds> retry_after;

  // Written out so that they are compiled once, not into every function that can fail.
  Error() = default;
  Error(ErrorKind what, std::string stable_code, std::string public_sentence, std::string private_detail = {},
        std::vector<FieldError> wrong = {}, std::optional<std::chrono::seconds> again = {});
  Error(const Error&);
  Error(Error&&) noexcept;
  Error& operator=(const Error&);
  Error& operator=(Error&&) noexcept;
  ~Error();
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = tl::expected<void, Error>;

tl::unexpected<Error> fail(ErrorKind kind, std::string code, std::string message, std::string detail = {});
tl::unexpected<Error> fail(Error error);
// One wrong field; the common case of bad input.
tl::unexpected<Error> fail_field(std::string field, std::string code, std::string message);

}  // namespace messo
