#include "model/sms_sender.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/time.hpp"
#include "model/names.hpp"

namespace messo {
namespace {

constexpr names::Row<AliasState> kAliasStates[] = {
    {AliasState::registered, "registered"}, {AliasState::pending, "pending"}, {AliasState::refused, "refused"}};
constexpr std::size_t kShortestAlias = 3;
constexpr std::size_t kLongestAlias = 11;  // GSM 03.40 §9.1.2.5: ten octets of seven-bit characters
constexpr std::size_t kLongestNumber = 15;

bool is_sms_letter(char c) { return lower_letter(c) >= 'a' && lower_letter(c) <= 'z'; }
bool is_sms_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string_view to_string(AliasState v) { return names::name_of<AliasState>(kAliasStates, v); }
std::optional<AliasState> parse_alias_state(std::string_view t) { return names::value_of<AliasState>(kAliasStates, t); }

bool is_sms_alias(std::string_view sender) { return std::ranges::any_of(sender, is_sms_letter); }

std::string wrong_with_sms_alias(std::string_view alias) {
  const auto allowed = [](char c) {
    return is_sms_letter(c) || is_sms_digit(c) || std::string_view(" .-_&").find(c) != std::string_view::npos;
  };
  if (alias.size() < kShortestAlias || alias.size() > kLongestAlias) return "must have 3 to 11 characters, like \"ComuneRoma\"";
  if (!std::ranges::all_of(alias, allowed)) return "may have only letters without accents, digits, spaces and . - _ &";
  if (!is_sms_alias(alias)) return "needs at least one letter; a number is no alias and needs no registration";
  if (alias.front() == ' ' || alias.back() == ' ') return "must not begin or end with a space";
  return {};
}

std::string wrong_with_sms_sender(std::string_view sender) {
  const std::string_view digits = sender.starts_with('+') ? sender.substr(1) : sender;
  if (is_sms_alias(sender)) return wrong_with_sms_alias(sender);
  if (std::ranges::all_of(digits, is_sms_digit) && digits.size() >= 3 && digits.size() <= kLongestNumber) return {};
  return "must be an alias like \"ComuneRoma\", a number like \"+393331234567\" or a short code of digits";
}

bool is_date(std::string_view text) {
  std::string instant(text);
  return text.size() == 10 && parse_rfc3339(instant.append("T00:00:00Z")).has_value();
}

}  // namespace messo
