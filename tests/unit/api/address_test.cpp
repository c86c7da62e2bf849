// Addresses: what is taken and in which form it is kept.
#include "api/address/address.hpp"
#include "api/address/phone.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace messo::api {
namespace {

using Table = std::vector<std::pair<std::string, std::string>>;  // "" where it is refused

void expect(const Table& table, const std::function<Normalised(std::string_view)>& normalise) {
  for (const auto& [text, normal] : table) {
    const auto found = normalise(text);
    if (normal.empty()) {
      EXPECT_FALSE(found) << text << " -> " << found.value_or("");
      if (!found && text.size() > 3) {
        EXPECT_EQ(found.error().find(text), std::string::npos) << "the address is not echoed";
      }
    } else {
      ASSERT_TRUE(found) << text << ": " << found.error();
      EXPECT_EQ(*found, normal);
    }
  }
}

TEST(Address, email) {
  expect({{"mario.rossi@example.it", "mario.rossi@example.it"},
          {"Mario+tag@Example.IT", "Mario+tag@example.it"},
          {"o'brien!#$%&*/=?^_`{|}~-@example.org", "o'brien!#$%&*/=?^_`{|}~-@example.org"},
          {"andré@example.org", "andré@example.org"},
          {"info@città.example", "info@xn--citt-3na.example"},
          {"info@CITTÀ.example", "info@xn--citt-3na.example"},
          {"info@straße.example", "info@xn--strae-oqa.example"},
          {std::string(64, 'a') + "@example.it", std::string(64, 'a') + "@example.it"},
          {std::string(65, 'a') + "@example.it", ""},
          {"a@" + std::string(64, 'b') + ".it", ""},
          {"a@" + std::string(250, 'b') + ".it", ""},
          {"", ""},
          {"@", ""},
          {"@example.it", ""},
          {"mario", ""},
          {"mario@", ""},
          {"mario@localhost", ""},
          {"mario@example..it", ""},
          {"mario@example.it.", ""},
          {"mario@-example.it", ""},
          {"mario@exa_mple.it", ""},
          {"mario@[192.0.2.1]", ""},
          {"mario@192.0.2.1", ""},
          {".mario@example.it", ""},
          {"mario.@example.it", ""},
          {"ma..rio@example.it", ""},
          {"ma rio@example.it", ""},
          {"\"ma rio\"@example.it", ""},
          {"mario@example.it\r\nBcc: x@example.it", ""},
          {"mario@example.it>", ""},
          {"<mario@example.it>", ""},
          {"a@b@example.it", ""},
          {"mario@xn--zzzz-.it", ""},
          {"\xff@example.it", ""}},
         normalise_email);
}

TEST(Address, phone) {
  expect({{"333 1234567", "+393331234567"},
          {"+39 333 123 45 67", "+393331234567"},
          {"0039 3331234567", "+393331234567"},
          {"06 69821", "+390669821"},
          {"0549 886377", "+390549886377"},
          {"+378 0549 886377", "+3780549886377"},
          {"+43 1 58858", "+43158858"},
          {"+44 20 7946 0958", "+442079460958"},
          {"12", ""},
          {"abcdef", ""},
          {"+39", ""},
          {"+999 123456789", ""},
          {"333 1234567 ext. 5", ""},
          {std::string(50, '3'), ""}},
         [](std::string_view text) { return normalise_phone(text, "IT"); });
}

TEST(Address, a_phone_number_is_read_where_its_organisation_is) {
  EXPECT_EQ(normalise_phone("0664 1234567", "AT").value_or(""), "+436641234567");
  EXPECT_EQ(normalise_phone("66 66 12 12", "SM").value_or(""), "+37866661212");
  EXPECT_EQ(normalise_phone("0549 886377", "SM").value_or(""), "+3780549886377");
  EXPECT_EQ(normalise_phone("078 123 45 67", "CH").value_or(""), "+41781234567");
  EXPECT_EQ(normalise_phone("+39 333 1234567", "AT").value_or(""), "+393331234567") << "the country code counts";
  const auto none = normalise_phone("1", "AT");
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().find("(AT)"), std::string::npos);
}

TEST(Address, phones_that_take_no_sms_are_told_apart) {
  struct Case {
    const char* number;
    const char* code;  // "": an SMS may go there
  };
  const Case cases[] = {{"333 1234567", ""},
                        {"+39 320 123456", ""},   // old ones have nine digits
                        {"+1 202 555 0143", ""},  // who knows
                        {"+378 66 66 12 12", ""},
                        {"+41 78 123 45 67", ""},
                        {"06 69821", "phone_landline"},
                        {"+39 0549 886377", "phone_landline"},
                        {"+44 20 7946 0958", "phone_landline"},
                        {"899 123456", "phone_premium"},
                        {"848 800800", "phone_shared_cost"},
                        {"800 123456", "phone_toll_free"},
                        {"+39 55 1234 5678", "phone_voip"},
                        {"+39 178 123 4567", "phone_no_mobile"},
                        {"112", "phone_short_number"},
                        {"113", "phone_short_number"},
                        {"12", "phone_invalid"},
                        {"333 123", "phone_invalid"},
                        {"hello", "phone_invalid"}};
  for (const auto& one : cases) {
    const auto phone = read_phone(one.number, "IT");
    const auto fault = phone ? fault_for_sms(phone->kind) : std::optional(phone.error());
    EXPECT_EQ(fault ? fault->code : "", one.code) << one.number;
    if (fault) {
      const bool echoed = fault->code != "phone_invalid" && fault->message.find(one.number) != std::string::npos;
      EXPECT_FALSE(echoed) << fault->message;
      EXPECT_NE(fault->message.find(':'), std::string::npos) << "and the remedy is told";
    }
  }
}

TEST(Address, fiscal_code) {
  expect({{"RSSMRA85T10A562S", "RSSMRA85T10A562S"},
          {"rssmra85t10a562s", "RSSMRA85T10A562S"},
          {"RSSMRA85T10A562T", ""},                  // control letter
          {"RSSMRA85T10A56NH", "RSSMRA85T10A56NH"},  // the same person after omocodia in the last digit
          {"RSSMRA85T10A56NS", ""},
          {"RSSMRA85Z10A562S", ""},  // no such month
          {"RSSMRA85T35A562U", ""},  // no such day
          {"RSSMRA85T10A562", ""},
          {"RSSMRA85T10A562SS", ""},
          {"00488410010", "00488410010"},  // a body: Luhn
          {"00488410011", ""},
          {"0048841001", ""},
          {"", ""}},
         normalise_fiscal_code);
}

TEST(Address, webhook_and_push_token) {
  expect({{"https://app.example.it/hook?x=1", "https://app.example.it/hook?x=1"},
          {"http://app.example.it/hook", ""},
          {"https://user:pw@app.example.it/", ""},
          {"https:///x", ""},
          {"https://app.example.it/#f", ""},
          {"https://app.example.it/a b", ""},
          {"javascript:alert(1)", ""}},
         normalise_webhook);
  expect({{"fcm:abc-123_x", "fcm:abc-123_x"}, {"", ""}, {"a b", ""}, {std::string(4097, 'a'), ""}}, normalise_push_token);
}

}  // namespace
}  // namespace messo::api
