#include "mail/mail_address.hpp"

#include <gtest/gtest.h>

namespace messo::mail {
namespace {

TEST(Address, keeps_the_local_part_and_lowers_the_domain) {
  const auto address = parse_address("Mario.Rossi@Comune.Example.IT").value();
  EXPECT_EQ(address.to_string(), "Mario.Rossi@comune.example.it");
  EXPECT_FALSE(address.needs_smtputf8());
}

TEST(Address, with_an_international_domain_becomes_a_labels) {
  EXPECT_EQ(parse_address("info@caffè.it").value().domain, "xn--caff-8oa.it");
  EXPECT_EQ(parse_address("info@BÜCHER.example").value().domain, "xn--bcher-kva.example");
  EXPECT_EQ(parse_address("info@straße.de").value().domain, "xn--strae-oqa.de") << "non-transitional (RFC 5891)";
}

TEST(Address, with_a_non_ascii_local_part_needs_smtputf8) { EXPECT_TRUE(parse_address("andré@example.it").value().needs_smtputf8()); }

TEST(Address, may_have_a_quoted_local_part) {
  EXPECT_TRUE(parse_address("\"mario rossi\"@example.it"));
  EXPECT_TRUE(parse_address(R"("a\"b@c"@example.it)"));
}

TEST(Address, that_breaks_a_rule_is_refused_without_being_repeated) {
  const std::string long_local(65, 'a');
  const std::string long_label(64, 'b');
  for (const auto& text : std::vector<std::string>{"",
                                                   "@",
                                                   "a",
                                                   "a@",
                                                   "@b",
                                                   "a b@c.it",
                                                   "a..b@c.it",
                                                   ".a@c.it",
                                                   "a.@c.it",
                                                   "a@b c.it",
                                                   "a@-b.it",
                                                   "a@b-.it",
                                                   "a@b..it",
                                                   "a@b.it.",
                                                   "a@[127.0.0.1]",
                                                   "a\r\nRCPT TO:<x@y>@c.it",
                                                   "a@c.it\r\n",
                                                   "<a@c.it>",
                                                   "a,b@c.it",
                                                   "\"a@c.it",
                                                   "\"a\nb\"@c.it",
                                                   long_local + "@c.it",
                                                   "a@" + long_label + ".it",
                                                   "a\xff@c.it",
                                                   "a@c\xff.it",
                                                   std::string("a\0b@c.it", 8)}) {
    const auto address = parse_address(text);
    EXPECT_FALSE(address) << text;
    if (!address && text.size() > 3) {
      EXPECT_EQ(address.error().message.find(text), std::string::npos);
    }
  }
}

TEST(Mailbox, is_read_with_and_without_name) {
  EXPECT_EQ(parse_mailbox("Comune di Esempio <noreply@example.it>").value().name, "Comune di Esempio");
  EXPECT_EQ(parse_mailbox("\"Rossi, \\\"Mario\\\"\" <m@example.it>").value().name, "Rossi, \"Mario\"");
  EXPECT_EQ(parse_mailbox(" m@example.it ").value().name, "");
  EXPECT_EQ(parse_mailbox("<m@example.it>").value().address.local, "m");
  EXPECT_FALSE(parse_mailbox("Nome m@example.it>"));
  EXPECT_FALSE(parse_mailbox("Nome\r\nBcc: x@y.it <m@example.it>"));
}

TEST(Utf8, is_recognised_only_in_its_shortest_form) {
  for (const auto* good : {"", "ascii", "città", "€", "𝄞"}) EXPECT_TRUE(is_utf8(good)) << good;
  for (const auto* bad :
       {"\x80", "\xc0\xaf", "\xc3", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80"})
    EXPECT_FALSE(is_utf8(bad));
}

}  // namespace
}  // namespace messo::mail
