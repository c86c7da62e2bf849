// Variable envelope return paths: a bounce's address tells, unforgeably, which delivery it is about.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/uuid.hpp"

namespace messo::mail {

// "bounce+<26 characters of the delivery>.<16 characters of HMAC-SHA-256>@domain", lower-case letters and digits only, so that relays
// that fold case do no harm. `key`: any length, secret.
std::string verp_address(const Uuid& delivery, std::string_view domain, std::string_view key);

// The delivery a return path was made for; nullopt when it is not one or was not made with this key. Constant time in the key.
std::optional<Uuid> delivery_of_verp(std::string_view address, std::string_view key);

}  // namespace messo::mail
