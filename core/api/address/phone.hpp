// Phone numbers, read with libphonenumber: their normal form and what kind of number they are. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace messo::api {

enum class PhoneKind : std::uint8_t {
  unclear,  // the numbering plan does not tell mobiles apart (United States): taken for one
  mobile,
  landline,
  premium,
  shared_cost,
  toll_free,
  voip,
  other,  // personal, pagers, voice mail, numbers of companies
};

// What is wrong with a number, and what would be right; never with the number itself.
struct PhoneFault {
  std::string code;  // "phone_invalid", "phone_short_number", "phone_landline", "phone_premium", ...
  std::string message;
};

struct Phone {
  std::string e164;  // "+393331234567"; Italian landlines keep their leading 0
  PhoneKind kind = PhoneKind::unclear;
};
// `region`: ISO 3166-1 alpha-2, of numbers without a country code. Faults: "phone_invalid"; "phone_short_number" (112, 48048: they exist in
// one country only and have no international form).
tl::expected<Phone, PhoneFault> read_phone(std::string_view text, std::string_view region);

// Why no SMS goes to numbers of this kind; nothing for mobiles and where it cannot be told.
std::optional<PhoneFault> fault_for_sms(PhoneKind kind);

}  // namespace messo::api
