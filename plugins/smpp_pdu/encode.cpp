#include "smpp_pdu/pdu_fields.hpp"

namespace messo::smpp {
namespace {

constexpr std::size_t kMaxTlv = 65'535;

void put_octets(std::string& out, std::uint32_t number, int octets) {
  for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift & 0xFF));
}

void set_length(std::string& out) {
  std::string length;
  put_octets(length, static_cast<std::uint32_t>(out.size()), 4);
  out.replace(0, 4, length);
}

class FieldWriter {
 public:
  explicit FieldWriter(std::string& out) : out_(out) {}

  void text(std::string_view name, const std::string& text, std::size_t maximum) {
    if (text.size() >= maximum || text.find('\0') != std::string::npos) refuse(name);
    out_.append(text).push_back('\0');
  }
  void octet(std::string_view, std::uint8_t number) { out_.push_back(static_cast<char>(number)); }
  void short_message(const std::string& octets) {
    if (octets.size() > kMaxShortMessage) refuse("short_message");
    out_.push_back(static_cast<char>(octets.size()));
    out_.append(octets);
  }
  void tlvs(const std::vector<Tlv>& tlvs) {
    for (const auto& tlv : tlvs) {
      if (tlv.bytes.size() > kMaxTlv) refuse("optional parameters");
      put_octets(out_, tlv.tag, 2);
      put_octets(out_, static_cast<std::uint32_t>(tlv.bytes.size()), 2);
      out_.append(tlv.bytes);
    }
  }
  std::string_view unfit() const { return unfit_; }

 private:
  void refuse(std::string_view name) {
    if (unfit_.empty()) unfit_ = name;
  }

  std::string& out_;
  std::string_view unfit_;
};

// The PDU, and the first field that does not fit.
std::string_view write_pdu(const Pdu& pdu, std::string& out) {
  out.reserve(160);
  put_octets(out, 0, 4);
  put_octets(out, static_cast<std::uint32_t>(command_id(pdu.body)), 4);
  put_octets(out, pdu.status, 4);
  put_octets(out, pdu.sequence, 4);
  FieldWriter writer(out);
  std::visit(
      [&]<class P>(const P& body) {
        if constexpr (ResponseWithBody<P> && !OneOf<P, DeliverSmResponse>) {
          P empty;
          if constexpr (OneOf<P, BindResponse>) empty.role = body.role;
          if (pdu.status != Status::ESME_ROK && body == empty) return;
        }
        visit_fields(writer, body);
      },
      pdu.body);
  set_length(out);
  return writer.unfit();
}

constexpr auto response_bit(CommandId request) { return static_cast<CommandId>(static_cast<std::uint32_t>(request) | 0x80000000U); }

CommandId bind_command(BindRole role) {
  switch (role) {
    case BindRole::receiver: return CommandId::bind_receiver;
    case BindRole::transmitter: return CommandId::bind_transmitter;
    case BindRole::transceiver: return CommandId::bind_transceiver;
  }
  return CommandId::bind_transceiver;
}

struct CommandOf {
  CommandId operator()(const BindRequest& bind) const { return bind_command(bind.role); }
  CommandId operator()(const BindResponse& bind) const { return response_bit(bind_command(bind.role)); }
  CommandId operator()(const Outbind&) const { return CommandId::outbind; }
  CommandId operator()(const Unbind&) const { return CommandId::unbind; }
  CommandId operator()(const UnbindResponse&) const { return CommandId::unbind_resp; }
  CommandId operator()(const EnquireLink&) const { return CommandId::enquire_link; }
  CommandId operator()(const EnquireLinkResponse&) const { return CommandId::enquire_link_resp; }
  CommandId operator()(const GenericNack&) const { return CommandId::generic_nack; }
  CommandId operator()(const SubmitSm&) const { return CommandId::submit_sm; }
  CommandId operator()(const SubmitSmResponse&) const { return CommandId::submit_sm_resp; }
  CommandId operator()(const DeliverSm&) const { return CommandId::deliver_sm; }
  CommandId operator()(const DeliverSmResponse&) const { return CommandId::deliver_sm_resp; }
  CommandId operator()(const DataSm&) const { return CommandId::data_sm; }
  CommandId operator()(const DataSmResponse&) const { return CommandId::data_sm_resp; }
  CommandId operator()(const QuerySm&) const { return CommandId::query_sm; }
  CommandId operator()(const QuerySmResponse&) const { return CommandId::query_sm_resp; }
  CommandId operator()(const AlertNotification&) const { return CommandId::alert_notification; }
};

}  // namespace

CommandId command_id(const Body& body) { return std::visit(CommandOf{}, body); }

bool is_response(CommandId id) { return (static_cast<std::uint32_t>(id) & 0x80000000U) != 0; }

std::string encode(const Pdu& pdu) {
  std::string out;
  if (!write_pdu(pdu, out).empty()) out.clear();
  return out;
}

std::string_view unfit_field(const Pdu& pdu) {
  std::string out;
  return write_pdu(pdu, out);
}

}  // namespace messo::smpp
