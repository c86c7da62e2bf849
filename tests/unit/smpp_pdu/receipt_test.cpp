#include "smpp_pdu/receipt.hpp"

#include <gtest/gtest.h>

#include "smpp_pdu/smpp_time.hpp"

namespace messo::smpp {
namespace {

DeliverSm receipt_of(std::string text, std::uint8_t esm_class = kEsmClassReceipt) {
  DeliverSm deliver;
  deliver.esm_class = esm_class;
  deliver.short_message = std::move(text);
  return deliver;
}

TEST(SmppReceipt, the_text_of_the_standard) {
  const auto receipt = read_receipt(
      receipt_of("id:0123456789 sub:001 dlvrd:001 submit date:2611221730 done date:2611221731 stat:DELIVRD err:000 text:Gentile"));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id, "0123456789");
  EXPECT_EQ(receipt->state, State::delivered);
  EXPECT_EQ(receipt->stat, "DELIVRD");
  EXPECT_EQ(receipt->error, "000");
  EXPECT_EQ(receipt->submit_date, "2611221730");
  EXPECT_EQ(receipt->done_date, "2611221731");
  EXPECT_FALSE(receipt->user_message_reference);
  EXPECT_FALSE(receipt->network_type);
  EXPECT_FALSE(receipt->intermediate);
}

TEST(SmppReceipt, texts_as_smscs_vary_them) {
  struct Case {
    std::string text;
    std::string_view id;
    State state;
    std::string_view error, done_date;
  };
  const Case cases[] = {
      {"ID:ab12 SUB:001 DLVRD:000 SUBMIT DATE:261122173000 DONE DATE:261122173100 STAT:UNDELIV ERR:0a1 TEXT:", "ab12", State::undeliverable,
       "0a1", "261122173100"},
      {"id: 77 submit_date:2611221730 done_date:20261122173100 stat: Expired err: text:x", "77", State::expired, "", "20261122173100"},
      {"stat:REJECTD id:5", "5", State::rejected, "", ""},
      {"id:5\r\nstat:DELIVERED\r\n", "5", State::delivered, "", ""},
      {std::string("id:5 stat:ACCEPTD\0", 18), "5", State::accepted, "", ""},
      {"id:5 stat:ENROUTE", "5", State::enroute, "", ""},
      {"id:5 stat:DELETED done date:9999999999", "5", State::deleted, "", ""},
      {"id:5 stat:UNDELIVERABLE", "5", State::undeliverable, "", ""},
      {"id:5 stat:FAILED", "5", State::undeliverable, "", ""},
      {"id:5 stat:UNKNOWN", "5", State::unknown, "", ""},
      {"id:5", "5", State::unknown, "", ""},
      {"id:5 stat:", "5", State::unknown, "", ""},
      {"", "", State::unknown, "", ""},
      {"nothing of the kind", "", State::unknown, "", ""},
      {"id:5 stat:DELIVRD text:id:6 stat:UNDELIV err:9", "5", State::delivered, "", ""},  // the message's own words count nothing
      {"id:5 id:6 stat:DELIVRD stat:UNDELIV", "5", State::delivered, "", ""},
      {"grid:4 id:5 stat:DELIVRD", "5", State::delivered, "", ""},
      {"id:" + std::string(65, '1') + " stat:DELIVRD", "", State::delivered, "", ""},
      {"id:a\x01"
       "b stat:DELIVRD",
       "", State::delivered, "", ""},
      {"id:550e8400-e29b-41d4-a716-446655440000 stat:DELIVRD err:\xe8\xe9", "550e8400-e29b-41d4-a716-446655440000", State::delivered, "",
       ""},
  };
  for (const auto& each : cases) {
    const auto receipt = read_receipt(receipt_of(each.text));
    ASSERT_TRUE(receipt) << each.text;
    EXPECT_EQ(receipt->id, each.id) << each.text;
    EXPECT_EQ(receipt->state, each.state) << each.text;
    EXPECT_EQ(receipt->error, each.error) << each.text;
    EXPECT_EQ(receipt->done_date, each.done_date) << each.text;
  }
}

TEST(SmppReceipt, optional_parameters_go_before_the_text) {
  auto deliver = receipt_of("id:1 stat:ENROUTE err:001");
  deliver.tlvs = {tlv_text(Tag::receipted_message_id, "00FF"), tlv_octet(Tag::message_state, 5),
                  tlv(Tag::network_error_code, std::string("\x03\x01\x02", 3)), tlv_number(Tag::user_message_reference, 0xBEEF)};
  auto receipt = read_receipt(deliver);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id, "00FF");
  EXPECT_EQ(receipt->state, State::undeliverable);
  EXPECT_EQ(receipt->error, "258");
  EXPECT_EQ(receipt->network_type, 3);
  EXPECT_EQ(receipt->user_message_reference, 0xBEEF);

  deliver.short_message.clear();  // they alone
  deliver.esm_class = 0;          // and without the mark
  receipt = read_receipt(deliver);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id, "00FF");
  EXPECT_EQ(receipt->state, State::undeliverable);

  deliver.tlvs = {tlv(Tag::receipted_message_id, std::string("\x01\x02\0", 3)), tlv_octet(Tag::message_state, 77),
                  tlv(Tag::network_error_code, "x")};
  receipt = read_receipt(deliver);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id, "");
  EXPECT_EQ(receipt->state, State::unknown);
  EXPECT_EQ(receipt->error, "");
}

TEST(SmppReceipt, a_text_message_that_looks_like_one_is_none) {
  EXPECT_FALSE(read_receipt(receipt_of("id:5 stat:DELIVRD", 0)));
  EXPECT_FALSE(read_receipt(receipt_of("id:5 stat:DELIVRD", 0x08)));  // an acknowledgement by the phone's user
  auto deliver = receipt_of("id:5 stat:DELIVRD", 0);
  deliver.tlvs = {tlv_text(Tag::receipted_message_id, "5")};
  EXPECT_FALSE(read_receipt(deliver));
}

TEST(SmppReceipt, intermediate_notifications_say_so) {
  const auto receipt = read_receipt(receipt_of("id:5 stat:ENROUTE", kEsmClassIntermediate));
  ASSERT_TRUE(receipt);
  EXPECT_TRUE(receipt->intermediate);
  EXPECT_FALSE(is_final(receipt->state));
  EXPECT_FALSE(is_final(State::accepted));
  EXPECT_TRUE(is_final(State::unknown));
  EXPECT_TRUE(is_final(State::expired));
}

TEST(SmppReceipt, text_in_the_payload_in_ucs2_and_behind_a_header) {
  const std::string text = "id:5 stat:DELIVRD text:\xe8";
  auto deliver = receipt_of("");
  deliver.tlvs = {tlv(Tag::message_payload, text)};
  EXPECT_EQ(read_receipt(deliver)->id, "5");

  std::string ucs2;
  for (const char c : text) ucs2 += {'\0', c};
  auto wide = receipt_of(ucs2);
  wide.data_coding = 8;
  EXPECT_EQ(read_receipt(wide)->state, State::delivered);
  wide.short_message = std::string(
      "\x20\x14\0i\0d\0:\0"
      "7\0 \x20\x14",
      13);
  EXPECT_EQ(read_receipt(wide)->id, "");  // a key within other words is none

  auto with_header = receipt_of(std::string("\x05\x00\x03\x01\x01\x01", 6) + text, kEsmClassReceipt | kEsmClassUdhi);
  EXPECT_EQ(read_receipt(with_header)->id, "5");
  with_header.short_message = "\xff";
  EXPECT_EQ(read_receipt(with_header)->id, "");
}

TEST(SmppReceipt, every_state_has_its_names) {
  for (std::uint32_t number = 1; number <= 9; ++number) {
    const auto state = state_of(number);
    EXPECT_EQ(static_cast<std::uint32_t>(state), number);
    EXPECT_EQ(state_of(short_name(state)), number == 7 ? State::unknown : state);
    EXPECT_FALSE(to_string(state).empty());
  }
  EXPECT_EQ(state_of(0U), State::unknown);
  EXPECT_EQ(state_of(10U), State::unknown);
}

TEST(SmppReceipt, ids_in_both_radices) {
  EXPECT_EQ(normalised_id("000AbC"), "abc");
  EXPECT_EQ(normalised_id("000"), "0");
  EXPECT_EQ(normalised_id(""), "");
  EXPECT_EQ(decimal_of_hex("00fF"), "255");
  EXPECT_EQ(decimal_of_hex("ffffffffffffffff"), "18446744073709551615");
  EXPECT_EQ(decimal_of_hex("10000000000000000"), std::nullopt);
  EXPECT_EQ(hex_of_decimal("0255"), "ff");
  EXPECT_EQ(hex_of_decimal("18446744073709551615"), "ffffffffffffffff");
  for (const auto* none : {"", "ff", "-1", "+1", " 1", "1 ", "18446744073709551616"}) EXPECT_EQ(hex_of_decimal(none), std::nullopt) << none;
  EXPECT_EQ(decimal_of_hex("0x10"), std::nullopt);
}

TEST(SmppTime, validity_from_now_and_as_an_instant) {
  using namespace std::chrono;
  EXPECT_EQ(relative_time(minutes{90}), "000000013000000R");
  EXPECT_EQ(relative_time(days{2} + seconds{5}), "000002000005000R");
  EXPECT_EQ(relative_time(seconds{0}), "000000000001000R");
  EXPECT_EQ(relative_time(seconds{-5}), "000000000001000R");
  EXPECT_EQ(relative_time(days{400}), "000030000000000R");
  const auto at = *parse_rfc3339("2026-11-22T17:30:05.678Z");
  EXPECT_EQ(absolute_time(at), "261122173005600+");
  EXPECT_EQ(parse_absolute_time(absolute_time(at)), floor<milliseconds>(at - Millis{78}));
  EXPECT_EQ(parse_absolute_time("261122183005604+"), at - Millis{78});
  EXPECT_EQ(parse_absolute_time("261122163005604-"), at - Millis{78});
  for (const auto* none :
       {"", "000000013000000R", "261322173005000+", "261122243005000+", "261122173005049+", "26112217300500x+", "261122173005000"})
    EXPECT_EQ(parse_absolute_time(none), std::nullopt) << none;
}

TEST(SmppTime, dates_of_receipts) {
  const auto at = *parse_rfc3339("2026-11-22T17:30:00Z");
  EXPECT_EQ(parse_receipt_date("2611221730"), at);
  EXPECT_EQ(parse_receipt_date("261122173000"), at);
  EXPECT_EQ(parse_receipt_date("20261122173000"), at);
  EXPECT_EQ(parse_receipt_date("261122173059"), at + Seconds{59});
  for (const auto* none : {"", "26112217", "2602301730", "261122176000", "2611221730x", "0000000000"})
    EXPECT_EQ(parse_receipt_date(none), std::nullopt) << none;
}

}  // namespace
}  // namespace messo::smpp
