// Who an SMS comes from: an alias, registered with AGCOM (delibera 12/23/CIR), or a number. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/ids.hpp"

namespace messo {

// Of an alias in AGCOM's register. The numbers are stored: never renumber, only append.
enum class AliasState : std::uint8_t { registered = 1, pending = 2, refused = 3 };
std::string_view to_string(AliasState state);
std::optional<AliasState> parse_alias_state(std::string_view text);

// One alias of one organisation; by (organisation, alias), the alias exactly as it is registered.
struct SmsSender {
  OrganisationId organisation;
  std::string alias;
  AliasState state = AliasState::pending;
  std::string registered_on;  // "2026-11-22"; may be empty
  std::string note;           // for administrators; may be empty
  bool operator==(const SmsSender&) const = default;
};

// A sender with a letter in it is an alias; one without is a number (E.164) or a short code, which needs no registration.
bool is_sms_alias(std::string_view sender);
// 3 to 11 characters of A-Z a-z 0-9 space . - _ & with at least one letter, no space at an end. What is wrong and what would be right; ""
// when nothing is.
std::string wrong_with_sms_alias(std::string_view alias);
// Of a sender that may also be a number or a short code: 3 to 15 digits, with or without "+".
std::string wrong_with_sms_sender(std::string_view sender);
// "2026-11-22", a day that exists.
bool is_date(std::string_view text);

}  // namespace messo
