#include "smpp_pdu/pdu.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/hash.hpp"
#include "pdu_samples.hpp"

namespace messo::smpp {
namespace {

std::string bytes_of(std::string_view hex) { return from_hex(hex).value_or("no hex"); }

std::string number32(std::uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16 & 0xFF), static_cast<char>(number >> 8 & 0xFF),
          static_cast<char>(number & 0xFF)};
}

std::string raw_pdu(CommandId id, std::string_view body, std::uint32_t status = 0) {
  return number32(static_cast<std::uint32_t>(kHeaderSize + body.size())) + number32(static_cast<std::uint32_t>(id)) + number32(status) +
         number32(7) + std::string(body);
}

DecodeError error_of(std::string_view bytes) {
  const auto decoded = decode(bytes);
  EXPECT_TRUE(decoded && !decoded->pdu);
  return decoded && !decoded->pdu ? decoded->pdu.error() : DecodeError{};
}

void expect_round_trip(const Pdu& pdu) {
  const auto bytes = encode(pdu);
  ASSERT_FALSE(bytes.empty()) << to_string(command_id(pdu.body)) << ": " << unfit_field(pdu);
  const auto decoded = decode(bytes + "next");
  ASSERT_TRUE(decoded && decoded->pdu) << to_string(command_id(pdu.body));
  EXPECT_EQ(decoded->consumed, bytes.size());
  EXPECT_EQ(*decoded->pdu, pdu) << to_string(command_id(pdu.body));
  EXPECT_EQ(encode(*decoded->pdu), bytes);
}

TEST(SmppPdu, every_command_a_client_meets_round_trips) {
  std::set<CommandId> commands;
  for (const auto& pdu : test::one_of_each()) {
    commands.insert(command_id(pdu.body));
    EXPECT_FALSE(to_string(command_id(pdu.body)).empty());
    expect_round_trip(pdu);
  }
  EXPECT_EQ(commands.size(), 21U);
}

TEST(SmppPdu, random_ones_round_trip) {
  std::mt19937 random(20'261'122);
  for (const auto& sample : test::one_of_each())
    for (int i = 0; i < 200; ++i) expect_round_trip(test::random_like(sample, random));
}

// The example of SMPP 3.4 §3.2.3.
TEST(SmppPdu, the_bind_of_the_standard_is_read) {
  const auto bytes = bytes_of("0000002f000000020000000000000001534d50503354455354007365637265743038005355424d4954310000010100");
  const auto decoded = decode(bytes);
  ASSERT_TRUE(decoded && decoded->pdu);
  EXPECT_EQ(decoded->pdu->sequence, 1U);
  const auto& bind = std::get<BindRequest>(decoded->pdu->body);
  EXPECT_EQ(bind.role, BindRole::transmitter);
  EXPECT_EQ(bind.system_id, "SMPP3TEST");
  EXPECT_EQ(bind.password, "secret08");
  EXPECT_EQ(bind.system_type, "SUBMIT1");
  EXPECT_EQ(bind.addr_ton, 1);
  EXPECT_EQ(encode(*decoded->pdu), bytes);
}

TEST(SmppPdu, a_submit_is_laid_out_as_the_standard_says) {
  SubmitSm submit;
  submit.source_addr_ton = 5;
  submit.source_addr = "Comune";
  submit.dest_addr_ton = 1;
  submit.dest_addr_npi = 1;
  submit.destination_addr = "393331234567";
  submit.esm_class = kEsmClassUdhi;
  submit.validity_period = "000001000000000R";
  submit.registered_delivery = kReceiptAlways;
  submit.short_message = "ciao";
  submit.tlvs = {tlv_number(Tag::user_message_reference, 7)};
  EXPECT_EQ(to_hex(encode({0, 0x0A, submit})),
            "0000004d0000000400000000"
            "0000000a"
            "00"
            "0500436f6d756e6500"
            "010133393333333132333435363700"
            "400000"
            "00"
            "3030303030313030303030303030305200"
            "01000000"
            "046369616f"
            "020400020007");
}

TEST(SmppPdu, a_pdu_is_taken_once_it_is_whole) {
  const auto bytes = encode({0, 1, test::one_of_each().back().body});
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode(std::string_view(bytes).substr(0, size))) << size;
  EXPECT_TRUE(decode(bytes));
}

TEST(SmppPdu, an_absurd_length_ends_the_stream) {
  for (const std::uint32_t length : {0U, 15U, 65'537U, 0xFFFFFFFFU}) {
    const auto bytes = number32(length) + number32(4) + number32(0) + number32(9) + "rest";
    const auto decoded = decode(bytes);
    ASSERT_TRUE(decoded && !decoded->pdu) << length;
    EXPECT_TRUE(decoded->pdu.error().fatal);
    EXPECT_EQ(decoded->pdu.error().field, "command_length");
    EXPECT_EQ(decoded->pdu.error().header.sequence, 9U);
    EXPECT_EQ(decoded->consumed, bytes.size());
  }
  EXPECT_FALSE(decode(number32(65'536) + number32(4) + number32(0) + number32(9)));  // the largest one: not whole yet
}

TEST(SmppPdu, a_bad_body_is_skipped_and_the_next_pdu_is_read) {
  const auto good = encode({0, 8, EnquireLink{}});
  for (const auto& bad : {raw_pdu(CommandId::deliver_sm, "no NUL"), raw_pdu(static_cast<CommandId>(0x777), "whatever")}) {
    const auto stream = bad + good;
    const auto first = decode(stream);
    ASSERT_TRUE(first && !first->pdu);
    EXPECT_FALSE(first->pdu.error().fatal);
    EXPECT_EQ(first->pdu.error().header.sequence, 7U);
    EXPECT_EQ(first->consumed, bad.size());
    const auto second = decode(std::string_view(stream).substr(first->consumed));
    ASSERT_TRUE(second && second->pdu);
    EXPECT_TRUE(std::holds_alternative<EnquireLink>(second->pdu->body));
  }
  EXPECT_EQ(error_of(raw_pdu(static_cast<CommandId>(0x777), "")).answer, Status::ESME_RINVCMDID);
}

TEST(SmppPdu, what_is_wrong_is_named) {
  const std::string front("\0\0\0", 3);  // service_type and source
  struct Case {
    std::string body;
    std::string_view field, problem;
    Status answer;
  };
  const Case cases[] = {
      {"", "service_type", "missing", Status::ESME_RINVCMDLEN},
      {"abcdef", "service_type", "longer than its maximum", Status::ESME_RINVCMDLEN},
      {"abc", "service_type", "without its NUL", Status::ESME_RINVCMDLEN},
      {front + std::string(21, '1') + '\0', "source_addr", "longer than its maximum", Status::ESME_RINVSRCADR},
      {front + std::string("\0\0\0", 3) + std::string(30, '1'), "destination_addr", "longer than its maximum", Status::ESME_RINVDSTADR},
      {front + std::string(13, '\0') +
           "\x05"
           "abcd",
       "short_message", "longer than the PDU", Status::ESME_RINVMSGLEN},
      {front + std::string(13, '\0'), "short_message", "missing", Status::ESME_RINVMSGLEN},
      {front + std::string(13, '\0') + "\xff" + std::string(255, 'x'), "short_message", "longer than its maximum", Status::ESME_RINVMSGLEN},
      {front + std::string(14, '\0') + "\x04\x24", "optional parameters", "shorter than tag and length", Status::ESME_RINVOPTPARSTREAM},
      {front + std::string(14, '\0') + std::string("\x04\x24\xff\xff x", 6), "optional parameters", "longer than the PDU",
       Status::ESME_RINVOPTPARSTREAM},
  };
  for (const auto& each : cases) {
    const auto error = error_of(raw_pdu(CommandId::submit_sm, each.body));
    EXPECT_EQ(error.field, each.field) << to_hex(each.body);
    EXPECT_EQ(error.problem, each.problem) << to_hex(each.body);
    EXPECT_EQ(error.answer, each.answer) << to_hex(each.body);
    EXPECT_FALSE(error.fatal);
  }
}

TEST(SmppPdu, more_parameters_than_anybody_sends_are_refused) {
  std::string body("id\0", 3);
  for (int i = 0; i < 257; ++i) body += bytes_of("14010000");
  EXPECT_EQ(error_of(raw_pdu(CommandId::submit_sm_resp, body)).problem, "too many");
  body.resize(body.size() - 4);
  const auto decoded = decode(raw_pdu(CommandId::submit_sm_resp, body));
  ASSERT_TRUE(decoded && decoded->pdu);
  EXPECT_EQ(std::get<SubmitSmResponse>(decoded->pdu->body).tlvs.size(), 256U);
}

TEST(SmppPdu, responses_may_come_without_a_body) {
  for (const auto& pdu : test::one_of_each()) {
    const auto id = command_id(pdu.body);
    const auto decoded = decode(raw_pdu(id, "", value(Status::ESME_RSYSERR)));
    const bool empty = is_response(id) || std::holds_alternative<Unbind>(pdu.body) || std::holds_alternative<EnquireLink>(pdu.body);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->pdu.has_value(), empty) << to_string(id);
  }
  EXPECT_EQ(encode({value(Status::ESME_RTHROTTLED), 3, SubmitSmResponse{}}).size(), kHeaderSize);
  EXPECT_EQ(encode({value(Status::ESME_RTHROTTLED), 3, DeliverSmResponse{}}).size(), kHeaderSize + 1);  // §4.6.2: its id is always there
  EXPECT_EQ(encode({0, 3, SubmitSmResponse{}}).size(), kHeaderSize + 1);
}

TEST(SmppPdu, what_does_not_fit_is_not_sent_cut) {
  SubmitSm submit;
  submit.destination_addr = std::string(21, '3');
  EXPECT_EQ(unfit_field({0, 1, submit}), "destination_addr");
  EXPECT_EQ(encode({0, 1, submit}), "");
  submit.destination_addr = std::string(
      "39\0"
      "333",
      6);
  EXPECT_EQ(unfit_field({0, 1, submit}), "destination_addr");
  submit.destination_addr = std::string(20, '3');
  submit.short_message = std::string(255, 'x');
  EXPECT_EQ(unfit_field({0, 1, submit}), "short_message");
  submit.short_message.pop_back();
  submit.tlvs = {{0x424, std::string(65'536, 'x')}};
  EXPECT_EQ(unfit_field({0, 1, submit}), "optional parameters");
  submit.tlvs[0].bytes.pop_back();
  EXPECT_EQ(unfit_field({0, 1, submit}), "");
  BindRequest bind;
  bind.password = "ninechars";
  EXPECT_EQ(unfit_field({0, 1, bind}), "password");
  bind.password = "eight888";
  EXPECT_EQ(unfit_field({0, 1, bind}), "");
}

TEST(SmppTlv, numbers_and_texts) {
  const std::vector<Tlv> tlvs{tlv_octet(Tag::message_state, 2),     tlv_number(Tag::sar_msg_ref_num, 0xABCD), {0x001E, "no-nul"},
                              {0x001E, std::string("second\0", 7)}, {0x0423, std::string("\x03\x00\x22", 3)}, {0x0424, ""}};
  EXPECT_EQ(number_of(tlvs, Tag::message_state), 2U);
  EXPECT_EQ(number_of(tlvs, Tag::sar_msg_ref_num), 0xABCDU);
  EXPECT_EQ(number_of(tlvs, Tag::network_error_code), 0x030022U);
  EXPECT_EQ(number_of(tlvs, Tag::message_payload), std::nullopt);
  EXPECT_EQ(number_of(tlvs, Tag::user_message_reference), std::nullopt);
  EXPECT_EQ(text_of(tlvs, Tag::receipted_message_id), "no-nul");
  EXPECT_EQ(text_of({&tlvs[3], 1}, Tag::receipted_message_id), "second");
  EXPECT_EQ(text_of(tlvs, Tag::additional_status_info_text), std::nullopt);
}

}  // namespace
}  // namespace messo::smpp
