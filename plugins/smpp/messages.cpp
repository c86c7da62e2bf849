#include "smpp/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/hash.hpp"
#include "smpp_pdu/pdu.hpp"
#include "smpp_pdu/smpp_time.hpp"
#include "sms/text.hpp"

namespace messo::smpp {
namespace {

constexpr std::uint8_t kUcs2DataCoding = 8;
constexpr std::size_t kUdhOctets = 6;               // 05 00 03 reference total number
constexpr std::int64_t kShortestValidity = 60'000;  // ms; SMSCs count in minutes

plugin::Outcome refused_message(std::string_view what, std::string text) {
  return plugin::refused(fmt::format("smpp.{}", what), std::move(text));
}

std::string validity_of(const SmppSettings& settings, std::int64_t send_before_ms, std::int64_t now_ms) {
  if (settings.validity == Validity::none) return {};
  const std::int64_t most = std::chrono::duration_cast<Millis>(settings.validity_max).count();
  const std::int64_t left = std::clamp(send_before_ms - now_ms, kShortestValidity, most);
  if (settings.validity == Validity::absolute) return absolute_time(from_unix_ms(now_ms + left));
  return relative_time(std::chrono::duration_cast<Seconds>(Millis{left}));
}

std::string udh(std::uint8_t reference, std::size_t total, std::size_t number) {
  return {5, 0, 3, static_cast<char>(reference), static_cast<char>(total), static_cast<char>(number)};
}

std::string on_wire(const std::string& units, sms::Encoding encoding, bool packed, unsigned fill_bits) {
  return packed && encoding == sms::Encoding::gsm7 ? sms::pack_septets(units, fill_bits) : units;
}

// One PDU for each part, alike but for text and numbers.
std::vector<SubmitSm> split_up(const SubmitSm& common, const sms::Split& split, const SmppSettings& settings, std::uint16_t reference) {
  const auto total = split.parts.size();
  std::vector<SubmitSm> out(settings.long_messages == LongMessages::message_payload ? 1 : total, common);
  const bool packed = settings.packed_gsm7;
  if (total == 1) {
    out[0].short_message = on_wire(split.parts[0].units, split.encoding, packed, 0);
    return out;
  }
  if (settings.long_messages == LongMessages::message_payload) {
    std::string whole;
    for (const auto& part : split.parts) whole += part.units;
    out[0].tlvs.push_back(tlv(Tag::message_payload, on_wire(whole, split.encoding, packed, 0)));
    return out;
  }
  for (std::size_t i = 0; i < total; ++i) {
    if (settings.long_messages == LongMessages::udh) {
      out[i].esm_class |= kEsmClassUdhi;
      out[i].short_message = udh(static_cast<std::uint8_t>(reference), total, i + 1) +
                             on_wire(split.parts[i].units, split.encoding, packed, sms::fill_bits_after(kUdhOctets));
    } else {
      out[i].short_message = on_wire(split.parts[i].units, split.encoding, packed, 0);
      out[i].tlvs.push_back(tlv_number(Tag::sar_msg_ref_num, reference));
      out[i].tlvs.push_back(tlv_octet(Tag::sar_total_segments, static_cast<std::uint8_t>(total)));
      out[i].tlvs.push_back(tlv_octet(Tag::sar_segment_seqnum, static_cast<std::uint8_t>(i + 1)));
    }
  }
  return out;
}

tl::expected<SubmitSm, plugin::Outcome> addressed(const plugin::Message& message, const SmppSettings& settings, Address& source) {
  const auto sender = message.from().empty() ? std::string_view(settings.sender) : message.from();
  if (sender.empty())
    return tl::unexpected(refused_message("no_sender", "The message brings no sender and the provider has no default: set `sender`."));
  auto from = source_address(sender, settings);
  if (!from) return tl::unexpected(refused_message("bad_sender", "The sender is neither a number nor an alias of at most 11 characters."));
  auto to = destination_address(message.to());
  if (!to) return tl::unexpected(refused_message("bad_address", "The phone number is not valid.").about(MESSO_SCOPE_DESTINATION));
  source = *from;
  SubmitSm out;
  out.service_type = settings.service_type;
  out.source_addr_ton = from->ton, out.source_addr_npi = from->npi, out.source_addr = std::move(from->digits);
  out.dest_addr_ton = to->ton, out.dest_addr_npi = to->npi, out.destination_addr = std::move(to->digits);
  out.registered_delivery = settings.receipts ? kReceiptAlways : 0;
  return out;
}

}  // namespace

ReferenceNumbers::ReferenceNumbers() {
  std::array<std::uint8_t, 2> start{};
  random_bytes(start);
  next_ = static_cast<std::uint32_t>(start[0] * 256 + start[1]);
}

std::string user_reference(std::uint16_t number, std::string_view digits, const Secret& password) {
  const auto mac = hmac_sha256(password.reveal(), digits);
  return fmt::format("{}/{}", number, to_hex(as_text(std::span(mac).first(8))));
}

std::size_t Outbound::count(PartState state) const { return static_cast<std::size_t>(std::ranges::count(states, state)); }

std::size_t Outbound::first_unsent() const {
  return static_cast<std::size_t>(std::ranges::find(states, PartState::unsent) - states.begin());
}

void Outbound::came_back(std::uint32_t part, PartState as) {
  states[part] = as;
  halted = halted || as != PartState::taken;
  --out;
}

Outbound make_outbound(const plugin::Message& message, const SmppSettings& settings, ReferenceNumbers& numbers, std::int64_t now_ms) {
  Outbound out;
  out.attempt = message.attempt();
  out.priority = std::min<std::uint32_t>(message.priority(), MESSO_BULK);
  auto common = addressed(message, settings, out.source);
  if (!common) {
    out.verdict = std::move(common.error());
    return out;
  }
  const auto text = message.text("text");
  const auto split = sms::split(text, sms::Reference::eight_bits);
  if (text.empty()) out.verdict = refused_message("empty", "The message has no text.");
  if (split.parts.size() > sms::kMostParts) out.verdict = refused_message("too_long", "The text takes more than 255 parts: shorten it.");
  if (out.verdict) return out;

  common->data_coding = split.encoding == sms::Encoding::gsm7 ? settings.data_coding_gsm7 : kUcs2DataCoding;
  common->validity_period = validity_of(settings, message.send_before_ms(), now_ms);
  // Two messages to one phone within a short time must not share the number of their concatenation, whatever was sent in between.
  const std::uint16_t number = numbers.draw(split.parts.size());
  auto pdus = split_up(*common, split, settings, number);
  for (std::size_t i = 0; i < pdus.size(); ++i) {
    const auto of_part = static_cast<std::uint16_t>(number + i);
    pdus[i].tlvs.push_back(tlv_number(Tag::user_message_reference, of_part));
    if (settings.match_by_user_reference && settings.receipts)
      out.expected.push_back({"umr", user_reference(of_part, common->destination_addr, settings.password), static_cast<std::uint32_t>(i)});
    const Pdu pdu{0, 1, std::move(pdus[i])};
    out.parts.push_back(encode(pdu));
    if (out.parts.back().empty()) {
      out.verdict = refused_message("bad_message", "The message cannot be written in SMPP.").log_text(std::string(unfit_field(pdu)));
      return out;
    }
  }
  out.states.assign(out.parts.size(), PartState::unsent);
  out.ids.resize(out.parts.size());
  return out;
}

}  // namespace messo::smpp
