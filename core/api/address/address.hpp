// Addresses of people and bodies: checked and brought to the one form that is stored, compared and hashed. Pure.
#pragma once
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "model/words.hpp"

namespace messo::api {

// The normal form, or what is wrong and what would be right (never with the address itself).
using Normalised = tl::expected<std::string, std::string>;

// RFC 5321 §4.1.2, §4.5.3.1 and RFC 6531: dot-string local part up to 64 octets (UTF-8 allowed), kept as written; domain of at least two
// labels as lower-case A-labels (IDNA 2008). No quoted local parts, no address literals.
Normalised normalise_email(std::string_view text);
// E.164, of any kind of number; `region` (ISO 3166-1) counts where there is no country code. As read_phone (api/address/phone.hpp).
Normalised normalise_phone(std::string_view text, std::string_view region);
// Codice fiscale: of a person, 16 characters with control letter, omocodia included (DM 23 December 1976); of a body, 11 digits with check
// digit. Upper case.
Normalised normalise_fiscal_code(std::string_view text);
// An https address with a host, no user name, no fragment.
Normalised normalise_webhook(std::string_view text);
// A device's token: 1 to 4096 visible ASCII characters.
Normalised normalise_push_token(std::string_view text);
// Whichever of these the channel's addresses want; `region` of phone numbers.
Normalised normalise_address(Channel channel, std::string_view text, std::string_view region);

}  // namespace messo::api
