#include "smpp/addresses.hpp"

#include <algorithm>

#include "smpp_pdu/pdu.hpp"

namespace messo::smpp {
namespace {

constexpr std::size_t kFewestDigits = 5, kMostDigits = 15, kMostShortCode = 6, kMostAlias = 11;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_of_alias(char c) { return is_digit(c) || is_letter(c) || std::string_view(" ._-&").find(c) != std::string_view::npos; }

std::uint8_t octet(Ton ton) { return static_cast<std::uint8_t>(ton); }
std::uint8_t octet(Npi npi) { return static_cast<std::uint8_t>(npi); }

std::optional<Address> look_at(std::string_view sender) {
  const bool plus = sender.starts_with('+');
  const auto rest = sender.substr(plus ? 1 : 0);
  if (!rest.empty() && std::ranges::all_of(rest, is_digit)) {
    if (!plus && rest.size() <= kMostShortCode) return Address{octet(Ton::network_specific), octet(Npi::unknown), std::string(rest)};
    if (rest.size() > kMostDigits) return {};
    return Address{octet(Ton::international), octet(Npi::isdn), std::string(rest)};
  }
  if (sender.size() > kMostAlias || !std::ranges::all_of(sender, is_of_alias) || std::ranges::none_of(sender, is_letter)) return {};
  return Address{octet(Ton::alphanumeric), octet(Npi::unknown), std::string(sender)};
}

}  // namespace

std::optional<Address> destination_address(std::string_view e164) {
  auto digits = e164.starts_with('+') ? std::string(e164.substr(1)) : std::string(e164);
  if (digits.size() < kFewestDigits || digits.size() > kMostDigits || !std::ranges::all_of(digits, is_digit)) return {};
  return Address{octet(Ton::international), octet(Npi::isdn), std::move(digits)};
}

std::optional<Address> source_address(std::string_view sender, const SmppSettings& settings) {
  auto out = look_at(sender);
  if (out && settings.sender_ton >= 0) out->ton = static_cast<std::uint8_t>(settings.sender_ton);
  if (out && settings.sender_npi >= 0) out->npi = static_cast<std::uint8_t>(settings.sender_npi);
  return out;
}

std::string bare_digits(std::string_view address) {
  if (address.starts_with('+')) address.remove_prefix(1);
  if (address.starts_with("00")) address.remove_prefix(2);
  return address.size() <= kMostDigits && std::ranges::all_of(address, is_digit) ? std::string(address) : std::string{};
}

}  // namespace messo::smpp
