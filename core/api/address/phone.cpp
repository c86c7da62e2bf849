#include "api/address/phone.hpp"

#include <phonenumbers/phonenumberutil.h>
#include <phonenumbers/shortnumberinfo.h>

#include "api/address/address.hpp"

namespace messo::api {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;
using i18n::phonenumbers::ShortNumberInfo;

constexpr std::size_t kLongestPhone = 40;

tl::unexpected<PhoneFault> invalid_phone(std::string_view region) {
  // No example of ours is right everywhere, the one with a country code is.
  return tl::unexpected(PhoneFault{"phone_invalid",
                                   "is no valid phone number: write it like \"+39 333 1234567\", with the country code for "
                                   "numbers outside the organisation's region (" +
                                       std::string(region) + ")"});
}

// nullopt: no valid number.
std::optional<PhoneKind> kind_of(PhoneNumberUtil::PhoneNumberType type) {
  switch (type) {
    case PhoneNumberUtil::FIXED_LINE: return PhoneKind::landline;
    case PhoneNumberUtil::MOBILE: return PhoneKind::mobile;
    case PhoneNumberUtil::FIXED_LINE_OR_MOBILE: return PhoneKind::unclear;
    case PhoneNumberUtil::TOLL_FREE: return PhoneKind::toll_free;
    case PhoneNumberUtil::PREMIUM_RATE: return PhoneKind::premium;
    case PhoneNumberUtil::SHARED_COST: return PhoneKind::shared_cost;
    case PhoneNumberUtil::VOIP: return PhoneKind::voip;
    case PhoneNumberUtil::PERSONAL_NUMBER:
    case PhoneNumberUtil::PAGER:
    case PhoneNumberUtil::UAN:
    case PhoneNumberUtil::VOICEMAIL: return PhoneKind::other;
    case PhoneNumberUtil::UNKNOWN: break;
  }
  return {};
}

bool is_short_number(const PhoneNumber& number) {
  static const ShortNumberInfo kShortNumbers;  // its tables take a while to read
  return kShortNumbers.IsValidShortNumber(number);
}

PhoneFault no_mobile(std::string code, const std::string& what) {
  return {std::move(code), "is " + what + ", which takes no SMS: give a mobile number, or leave SMS out of the plan"};
}

}  // namespace

tl::expected<Phone, PhoneFault> read_phone(std::string_view text, std::string_view region) {
  if (text.size() > kLongestPhone) return invalid_phone(region);
  const auto* util = PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  if (util->Parse(std::string(text), std::string(region), &number) != PhoneNumberUtil::NO_PARSING_ERROR || number.has_extension()) {
    return invalid_phone(region);
  }
  const auto kind = kind_of(util->GetNumberType(number));  // as IsValidNumber does, and more
  if (!kind && is_short_number(number)) {
    return tl::unexpected(
        PhoneFault{"phone_short_number",
                   "is a short number or an emergency one, which takes no SMS of ours: give a mobile number in full, like "
                   "\"+39 333 1234567\""});
  }
  if (!kind) return invalid_phone(region);
  Phone phone{{}, *kind};
  util->Format(number, PhoneNumberUtil::E164, &phone.e164);
  return phone;
}

std::optional<PhoneFault> fault_for_sms(PhoneKind kind) {
  switch (kind) {
    case PhoneKind::unclear:
    case PhoneKind::mobile: break;
    case PhoneKind::landline: return no_mobile("phone_landline", "a landline");
    case PhoneKind::premium: return no_mobile("phone_premium", "a premium rate number");
    case PhoneKind::shared_cost: return no_mobile("phone_shared_cost", "a shared cost number");
    case PhoneKind::toll_free: return no_mobile("phone_toll_free", "a toll free number");
    case PhoneKind::voip: return no_mobile("phone_voip", "an internet telephony (VoIP) number");
    case PhoneKind::other: return no_mobile("phone_no_mobile", "a personal, company, pager or voice mail number");
  }
  return {};
}

Normalised normalise_phone(std::string_view text, std::string_view region) {
  auto phone = read_phone(text, region);
  if (!phone) return tl::unexpected(std::move(phone.error().message));
  return std::move(phone->e164);
}

}  // namespace messo::api
