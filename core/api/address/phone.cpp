#include <phonenumbers/phonenumberutil.h>

#include "api/address/address.hpp"

namespace messo::api {

Normalised normalise_phone(std::string_view text) {
  using i18n::phonenumbers::PhoneNumber;
  using i18n::phonenumbers::PhoneNumberUtil;
  const auto wrong = [] {
    return tl::unexpected<std::string>(
        "is no valid phone number: write it like \"+39 333 1234567\", with the country code for numbers outside Italy");
  };
  if (text.size() > 40) return wrong();
  const auto* util = PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  if (util->Parse(std::string(text), "IT", &number) != PhoneNumberUtil::NO_PARSING_ERROR || !util->IsValidNumber(number) ||
      number.has_extension()) {
    return wrong();
  }
  std::string out;
  util->Format(number, PhoneNumberUtil::E164, &out);
  return out;
}

}  // namespace messo::api
