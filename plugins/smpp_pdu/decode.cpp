#include "smpp_pdu/pdu_fields.hpp"

namespace messo::smpp {
namespace {

constexpr std::size_t kMostTlvs = 256;

std::uint32_t take_octets(std::string_view& bytes, std::size_t octets) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < octets; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(octets);
  return number;
}

// Which status an SMSC expects for a field that is wrong (§5.1.3).
Status answer_for(std::string_view field) {
  if (field == "source_addr") return Status::ESME_RINVSRCADR;
  if (field == "destination_addr") return Status::ESME_RINVDSTADR;
  if (field == "message_id") return Status::ESME_RINVMSGID;
  if (field == "system_id") return Status::ESME_RINVSYSID;
  if (field == "password") return Status::ESME_RINVPASWD;
  if (field == "short_message") return Status::ESME_RINVMSGLEN;
  if (field == "optional parameters") return Status::ESME_RINVOPTPARSTREAM;
  return Status::ESME_RINVCMDLEN;
}

// Reads fields until one is wrong; the rest then stay as they are.
class FieldReader {
 public:
  // `may_end_early`: fields that are not there at all are left empty.
  FieldReader(std::string_view bytes, bool may_end_early) : bytes_(bytes), may_end_early_(may_end_early) {}

  void text(std::string_view name, std::string& text, std::size_t maximum) {
    if (ended(name)) return;
    const auto end = bytes_.substr(0, maximum).find('\0');
    if (end == std::string_view::npos) return refuse(name, bytes_.size() < maximum ? "without its NUL" : "longer than its maximum");
    text.assign(bytes_.substr(0, end));
    bytes_.remove_prefix(end + 1);
  }
  void octet(std::string_view name, std::uint8_t& number) {
    if (!ended(name)) number = static_cast<std::uint8_t>(take_octets(bytes_, 1));
  }
  void short_message(std::string& octets) {
    if (ended("short_message")) return;
    const auto length = take_octets(bytes_, 1);
    if (length > kMaxShortMessage) return refuse("short_message", "longer than its maximum");
    if (length > bytes_.size()) return refuse("short_message", "longer than the PDU");
    octets.assign(bytes_.substr(0, length));
    bytes_.remove_prefix(length);
  }
  void tlvs(std::vector<Tlv>& tlvs) {
    while (problem_.empty() && !bytes_.empty()) {
      if (bytes_.size() < 4) return refuse("optional parameters", "shorter than tag and length");
      if (tlvs.size() == kMostTlvs) return refuse("optional parameters", "too many");
      const auto tag = static_cast<std::uint16_t>(take_octets(bytes_, 2));
      const auto length = take_octets(bytes_, 2);
      if (length > bytes_.size()) return refuse("optional parameters", "longer than the PDU");
      tlvs.push_back({tag, std::string(bytes_.substr(0, length))});
      bytes_.remove_prefix(length);
    }
  }

  std::string_view field() const { return field_; }
  std::string_view problem() const { return problem_; }

 private:
  bool ended(std::string_view name) {
    if (!problem_.empty()) return true;
    if (!bytes_.empty()) return false;
    if (!may_end_early_) refuse(name, "missing");
    return true;
  }
  void refuse(std::string_view name, std::string_view problem) {
    field_ = name;
    problem_ = problem;
  }

  std::string_view bytes_;
  bool may_end_early_;
  std::string_view field_;
  std::string_view problem_;
};

// An empty body of this command; nullopt when a client does not meet it.
std::optional<Body> body_of(CommandId id) {
  switch (id) {
    case CommandId::bind_receiver: return BindRequest{.role = BindRole::receiver};
    case CommandId::bind_transmitter: return BindRequest{.role = BindRole::transmitter};
    case CommandId::bind_transceiver: return BindRequest{.role = BindRole::transceiver};
    case CommandId::bind_receiver_resp: return BindResponse{.role = BindRole::receiver};
    case CommandId::bind_transmitter_resp: return BindResponse{.role = BindRole::transmitter};
    case CommandId::bind_transceiver_resp: return BindResponse{.role = BindRole::transceiver};
    case CommandId::outbind: return Outbind{};
    case CommandId::unbind: return Unbind{};
    case CommandId::unbind_resp: return UnbindResponse{};
    case CommandId::enquire_link: return EnquireLink{};
    case CommandId::enquire_link_resp: return EnquireLinkResponse{};
    case CommandId::generic_nack: return GenericNack{};
    case CommandId::submit_sm: return SubmitSm{};
    case CommandId::submit_sm_resp: return SubmitSmResponse{};
    case CommandId::deliver_sm: return DeliverSm{};
    case CommandId::deliver_sm_resp: return DeliverSmResponse{};
    case CommandId::data_sm: return DataSm{};
    case CommandId::data_sm_resp: return DataSmResponse{};
    case CommandId::query_sm: return QuerySm{};
    case CommandId::query_sm_resp: return QuerySmResponse{};
    case CommandId::alert_notification: return AlertNotification{};
  }
  return {};
}

tl::expected<Pdu, DecodeError> read_body(const Header& header, std::string_view bytes) {
  auto body = body_of(static_cast<CommandId>(header.command_id));
  if (!body) return tl::unexpected(DecodeError{header, "command_id", "not known", Status::ESME_RINVCMDID, false});
  Pdu pdu{header.status, header.sequence, std::move(*body)};
  FieldReader reader(bytes, is_response(command_id(pdu.body)));
  std::visit([&](auto& fields) { visit_fields(reader, fields); }, pdu.body);
  if (reader.problem().empty()) return pdu;
  return tl::unexpected(DecodeError{header, reader.field(), reader.problem(), answer_for(reader.field()), false});
}

}  // namespace

std::optional<Decoded> decode(std::string_view bytes, std::size_t max_pdu) {
  if (bytes.size() < kHeaderSize) return {};
  auto front = bytes;
  const auto length = take_octets(front, 4);
  const auto command = take_octets(front, 4);
  const auto status = take_octets(front, 4);
  const Header header{length, command, status, take_octets(front, 4)};
  if (length < kHeaderSize || length > max_pdu) {
    const std::string_view problem = length < kHeaderSize ? "below 16" : "over the maximum";
    return Decoded{bytes.size(), tl::unexpected(DecodeError{header, "command_length", problem, Status::ESME_RINVCMDLEN, true})};
  }
  if (bytes.size() < length) return {};
  return Decoded{length, read_body(header, bytes.substr(kHeaderSize, length - kHeaderSize))};
}

std::string_view to_string(CommandId id) {
  switch (id) {
    case CommandId::bind_receiver: return "bind_receiver";
    case CommandId::bind_transmitter: return "bind_transmitter";
    case CommandId::query_sm: return "query_sm";
    case CommandId::submit_sm: return "submit_sm";
    case CommandId::deliver_sm: return "deliver_sm";
    case CommandId::unbind: return "unbind";
    case CommandId::bind_transceiver: return "bind_transceiver";
    case CommandId::outbind: return "outbind";
    case CommandId::enquire_link: return "enquire_link";
    case CommandId::alert_notification: return "alert_notification";
    case CommandId::data_sm: return "data_sm";
    case CommandId::generic_nack: return "generic_nack";
    case CommandId::bind_receiver_resp: return "bind_receiver_resp";
    case CommandId::bind_transmitter_resp: return "bind_transmitter_resp";
    case CommandId::query_sm_resp: return "query_sm_resp";
    case CommandId::submit_sm_resp: return "submit_sm_resp";
    case CommandId::deliver_sm_resp: return "deliver_sm_resp";
    case CommandId::unbind_resp: return "unbind_resp";
    case CommandId::bind_transceiver_resp: return "bind_transceiver_resp";
    case CommandId::enquire_link_resp: return "enquire_link_resp";
    case CommandId::data_sm_resp: return "data_sm_resp";
  }
  return {};
}

}  // namespace messo::smpp
