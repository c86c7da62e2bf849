#include "smpp_pdu/tlv.hpp"

#include <algorithm>

namespace messo::smpp {

Tlv tlv(Tag tag, std::string bytes) { return {static_cast<std::uint16_t>(tag), std::move(bytes)}; }

Tlv tlv_octet(Tag tag, std::uint8_t number) { return tlv(tag, std::string(1, static_cast<char>(number))); }

Tlv tlv_number(Tag tag, std::uint16_t number) { return tlv(tag, {static_cast<char>(number >> 8), static_cast<char>(number & 0xFF)}); }

Tlv tlv_text(Tag tag, std::string_view text) {
  std::string bytes(text);
  bytes.push_back('\0');
  return tlv(tag, std::move(bytes));
}

const Tlv* find_tlv(std::span<const Tlv> tlvs, Tag tag) {
  const auto found = std::ranges::find(tlvs, static_cast<std::uint16_t>(tag), &Tlv::tag);
  return found == tlvs.end() ? nullptr : &*found;
}

std::optional<std::uint32_t> number_of(std::span<const Tlv> tlvs, Tag tag) {
  const auto* found = find_tlv(tlvs, tag);
  if (!found || found->bytes.empty() || found->bytes.size() > 4) return {};
  std::uint32_t number = 0;
  for (const char c : found->bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

std::optional<std::string_view> text_of(std::span<const Tlv> tlvs, Tag tag) {
  const auto* found = find_tlv(tlvs, tag);
  if (!found) return {};
  const std::string_view bytes = found->bytes;
  return bytes.substr(0, bytes.find('\0'));
}

}  // namespace messo::smpp
