#include "pdu_samples.hpp"

#include "smpp_pdu/pdu_fields.hpp"

namespace messo::smpp::test {
namespace {

std::size_t below(std::mt19937& random, std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random); }

std::string octets(std::mt19937& random, std::size_t count, std::size_t smallest) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(static_cast<char>(smallest + below(random, 256 - smallest)));
  return out;
}

struct RandomFields {
  std::mt19937& random;
  void text(std::string_view, std::string& text, std::size_t maximum) const { text = octets(random, below(random, maximum), 1); }
  void octet(std::string_view, std::uint8_t& number) const { number = static_cast<std::uint8_t>(below(random, 256)); }
  void short_message(std::string& message) const { message = octets(random, below(random, kMaxShortMessage + 1), 0); }
  void tlvs(std::vector<Tlv>& tlvs) const {
    tlvs.clear();
    for (auto left = below(random, 4); left > 0; --left)
      tlvs.push_back({static_cast<std::uint16_t>(below(random, 65'536)), octets(random, below(random, 300), 0)});
  }
};

// Every field a value that no other has.
struct NumberedFields {
  int next = 1;
  void text(std::string_view name, std::string& text, std::size_t maximum) {
    text = std::string(name).substr(0, maximum - 3) + std::to_string(next++ % 100);
  }
  void octet(std::string_view, std::uint8_t& number) { number = static_cast<std::uint8_t>(next++); }
  void short_message(std::string& message) { message = std::string("a\0b\xff", 4); }
  void tlvs(std::vector<Tlv>& tlvs) {
    tlvs = {tlv_number(Tag::user_message_reference, 0x1234), tlv_text(Tag::receipted_message_id, "7f"), {0x1400, std::string("\0\x01", 2)}};
  }
};

}  // namespace

std::vector<Pdu> one_of_each() {
  std::vector<Body> bodies;
  for (const auto role : {BindRole::receiver, BindRole::transmitter, BindRole::transceiver}) {
    bodies.emplace_back(BindRequest{.role = role});
    bodies.emplace_back(BindResponse{.role = role});
  }
  bodies.insert(bodies.end(),
                {Outbind{}, Unbind{}, UnbindResponse{}, EnquireLink{}, EnquireLinkResponse{}, GenericNack{}, SubmitSm{}, SubmitSmResponse{},
                 DeliverSm{}, DeliverSmResponse{}, DataSm{}, DataSmResponse{}, QuerySm{}, QuerySmResponse{}, AlertNotification{}});
  std::vector<Pdu> all;
  NumberedFields fields;
  for (auto& body : bodies) {
    std::visit([&](auto& fields_of) { visit_fields(fields, fields_of); }, body);
    all.push_back({0, static_cast<std::uint32_t>(all.size() + 1), std::move(body)});
  }
  return all;
}

Pdu random_like(const Pdu& sample, std::mt19937& random) {
  auto pdu = sample;
  pdu.sequence = std::uniform_int_distribution<std::uint32_t>(1, kMaxSequence)(random);
  pdu.status = below(random, 2) == 0 ? 0 : static_cast<std::uint32_t>(below(random, 0x500));
  const RandomFields fields{random};
  std::visit([&](auto& fields_of) { visit_fields(fields, fields_of); }, pdu.body);
  return pdu;
}

}  // namespace messo::smpp::test
