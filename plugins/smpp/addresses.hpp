// Addresses of a submit_sm, from what the hub names senders and recipients by (SMPP 3.4 §5.2.5, §5.2.6, §5.2.8). Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "smpp/settings.hpp"

namespace messo::smpp {

struct Address {
  std::uint8_t ton = 0;
  std::uint8_t npi = 0;
  std::string digits;  // or the alias
};

// "+393331234567" -> international, ISDN, without "+". nullopt: no number of 5 to 15 digits (ITU-T E.164).
std::optional<Address> destination_address(std::string_view e164);

// A number as above, a short code of at most 6 digits (network specific), or an alias of 1 to 11 characters with a letter among them
// (alphanumeric). The settings' TON and NPI go before. nullopt: none of these.
std::optional<Address> source_address(std::string_view sender, const SmppSettings& settings);

// The digits alone, of a number as SMSCs write it ("+39...", "0039...", "39..."); empty when it is none.
std::string bare_digits(std::string_view address);

}  // namespace messo::smpp
