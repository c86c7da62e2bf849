// From a message to submit_sm PDUs, and what the configuration may be.
#include <gmock/gmock.h>

#include "plugin_documents.hpp"
#include "smpp/messages.hpp"
#include "smpp_fixture.hpp"
#include "sms/text.hpp"

namespace messo::test {
namespace {

using smpp::LongMessages;
using smpp::SmppSettings;
using smpp::SubmitSm;
using smpp::Tag;
using ::testing::HasSubstr;

constexpr std::int64_t kNow = 1'780'000'000'000;

struct Built {
  smpp::Outbound outbound;
  std::vector<SubmitSm> parts;
};

Built build(const std::string& text, const SmppSettings& settings, std::int64_t send_before = kNow + 3'600'000,
            const std::string& from = "Comune") {
  static smpp::ReferenceNumbers numbers;
  const std::string to = "+393331234567", name = "text", type = "text/plain";
  const messo_part part{sizeof(messo_part), 0, plugin::str(name), plugin::str(type), plugin::str(text)};
  const messo_part* const parts[] = {&part};
  messo_message raw{};
  raw.struct_size = sizeof raw;
  raw.send_before_ms = send_before;
  raw.to = plugin::str(to), raw.from = plugin::str(from);
  raw.parts = parts, raw.part_count = 1;
  Built out{smpp::make_outbound(plugin::Message(&raw), settings, numbers, kNow), {}};
  for (const auto& bytes : out.outbound.parts) out.parts.push_back(std::get<SubmitSm>(smpp::decode(bytes)->pdu->body));
  return out;
}

TEST(SmppMessages, choose_ucs2_where_gsm_does_not_do) {
  const auto built = build("Ciao 🙂", {});
  ASSERT_EQ(built.parts.size(), 1U);
  EXPECT_EQ(built.parts[0].data_coding, 8);
  EXPECT_EQ(built.parts[0].short_message.size(), 14U) << "an emoji is two units";
}

TEST(SmppMessages, pack_septets_when_told) {
  SmppSettings settings;
  settings.packed_gsm7 = true;
  settings.data_coding_gsm7 = 0xF0;
  const auto built = build(std::string(160, 'a'), settings);
  ASSERT_EQ(built.parts.size(), 1U);
  EXPECT_EQ(built.parts[0].short_message.size(), 140U);
  EXPECT_EQ(built.parts[0].data_coding, 0xF0);
  const auto longer = build(std::string(306, 'a'), settings);
  ASSERT_EQ(longer.parts.size(), 2U);
  EXPECT_EQ(longer.parts[0].short_message.size(), 140U);
  EXPECT_EQ(sms::unpack_septets(longer.parts[0].short_message.substr(6), 1).substr(0, 153), std::string(153, 'a'));
}

TEST(SmppMessages, of_several_parts_by_sar_or_as_one_payload) {
  SmppSettings settings;
  settings.long_messages = LongMessages::sar;
  const auto sar = build(std::string(200, 'a'), settings);
  ASSERT_EQ(sar.parts.size(), 2U);
  EXPECT_EQ(sar.parts[1].esm_class, 0);
  EXPECT_EQ(smpp::number_of(sar.parts[1].tlvs, Tag::sar_total_segments), 2U);
  EXPECT_EQ(smpp::number_of(sar.parts[1].tlvs, Tag::sar_segment_seqnum), 2U);
  EXPECT_EQ(smpp::number_of(sar.parts[0].tlvs, Tag::sar_msg_ref_num), smpp::number_of(sar.parts[1].tlvs, Tag::sar_msg_ref_num));
  settings.long_messages = LongMessages::message_payload;
  const auto whole = build(std::string(1000, 'a'), settings);
  ASSERT_EQ(whole.parts.size(), 1U);
  EXPECT_TRUE(whole.parts[0].short_message.empty());
  EXPECT_EQ(smpp::find_tlv(whole.parts[0].tlvs, Tag::message_payload)->bytes, std::string(1000, 'a'));
  EXPECT_EQ(build("kurz", settings).parts[0].short_message, "kurz") << "what fits needs no payload";
}

TEST(SmppMessages, tell_until_when_they_are_worth_delivering) {
  SmppSettings settings;
  EXPECT_EQ(build("a", settings).parts[0].validity_period, "000000010000000R");
  EXPECT_EQ(build("a", settings, kNow + 5).parts[0].validity_period, "000000000100000R") << "a minute at least";
  settings.validity = smpp::Validity::absolute;
  EXPECT_EQ(build("a", settings).parts[0].validity_period, "260528212640000+");
  settings.validity = smpp::Validity::none;
  EXPECT_EQ(build("a", settings).parts[0].validity_period, "");
}

TEST(SmppMessages, have_255_parts_at_most_each_with_its_own_user_reference) {
  const auto built = build(std::string(255 * 153, 'a'), {});
  ASSERT_EQ(built.parts.size(), 255U);
  std::set<std::uint32_t> references;
  for (const auto& part : built.parts) references.insert(*smpp::number_of(part.tlvs, Tag::user_message_reference));
  EXPECT_EQ(references.size(), 255U);
  EXPECT_EQ(build(std::string(255 * 153 + 1, 'a'), {}).outbound.verdict->code, "smpp.too_long");
}

TEST(SmppMessages, have_senders_of_three_kinds) {
  const auto sender = [](const std::string& from) {
    const auto part = build("a", {}, kNow + 1000, from).parts.at(0);
    return std::tuple(int{part.source_addr_ton}, int{part.source_addr_npi}, part.source_addr);
  };
  EXPECT_EQ(sender("Comune PR"), std::tuple(5, 0, "Comune PR"));
  EXPECT_EQ(sender("+393399999999"), std::tuple(1, 1, "393399999999"));
  EXPECT_EQ(sender("4399"), std::tuple(3, 0, "4399"));
}

TEST(SmppMessages, show_no_number_in_a_user_reference) {
  const auto reference = smpp::user_reference(7, "393331234567", Secret("segreta1"));
  EXPECT_EQ(reference.size(), 2U + 16U);
  EXPECT_NE(reference, smpp::user_reference(7, "393331234567", Secret("altra")));
}

TEST(SmppConfiguration, is_refused_with_field_and_remedy) {
  const nlohmann::json base{{"host", "127.0.0.1"}, {"system_id", "messo"}};
  const auto with = [&](const char* key, const nlohmann::json& value) {
    auto config = base;
    config[key] = value;
    return refusal_of("smpp", config);
  };
  EXPECT_EQ(refusal_of("smpp", base), "taken");
  EXPECT_THAT(with("password", "lunghissima"), HasSubstr("password: may have 8 characters"));
  EXPECT_THAT(with("sender", "Comune di Esempio"), HasSubstr("sender: must be"));
  EXPECT_THAT(with("system_type", "perché"), HasSubstr("system_type: may hold ASCII"));
  auto tls = base;
  tls["tls"] = "tls", tls["ca_file"] = "/does/not/exist.pem";
  EXPECT_THAT(refusal_of("smpp", tls), HasSubstr("ca_file"));
}

TEST(SmppConfiguration, is_told_in_full_by_the_readme) {
  const auto schema = nlohmann::json::parse(BorderHost::table("smpp").config_schema_json);
  expect_told(whole_file("plugins/smpp/README.md"), schema, "smpp");
  expect_closed_and_sealed(schema);
}

}  // namespace
}  // namespace messo::test
