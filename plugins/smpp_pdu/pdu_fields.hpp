// The fields of each PDU, in their order, told once: to the one that writes them and to the one that reads them. A visitor has
// text(name, string, maximum with NUL), octet(name, number), short_message(string), tlvs(vector).
#pragma once
#include <type_traits>

#include "smpp_pdu/pdu.hpp"

namespace messo::smpp {

template <class T, class... Of>
concept OneOf = (std::is_same_v<std::remove_const_t<T>, Of> || ...);

template <class T>
concept Bodiless = OneOf<T, Unbind, UnbindResponse, EnquireLink, EnquireLinkResponse, GenericNack>;

template <class T>
concept ResponseWithBody = OneOf<T, BindResponse, SubmitSmResponse, DeliverSmResponse, DataSmResponse, QuerySmResponse>;

// maximum with NUL, of each name that has the same everywhere
constexpr std::size_t kMaxMessageId = 65;
constexpr std::size_t kMaxAddress = 21;
constexpr std::size_t kMaxLongAddress = 65;
constexpr std::size_t kMaxTime = 17;

template <class Visitor>
void visit_addresses(Visitor& visitor, auto& pdu, std::size_t maximum) {
  visitor.octet("source_addr_ton", pdu.source_addr_ton);
  visitor.octet("source_addr_npi", pdu.source_addr_npi);
  visitor.text("source_addr", pdu.source_addr, maximum);
  visitor.octet("dest_addr_ton", pdu.dest_addr_ton);
  visitor.octet("dest_addr_npi", pdu.dest_addr_npi);
  visitor.text("destination_addr", pdu.destination_addr, maximum);
}

template <class Visitor, Bodiless P>
void visit_fields(Visitor&, P&) {}

template <class Visitor, OneOf<BindRequest> P>
void visit_fields(Visitor& visitor, P& pdu) {
  visitor.text("system_id", pdu.system_id, 16);
  visitor.text("password", pdu.password, 9);
  visitor.text("system_type", pdu.system_type, 13);
  visitor.octet("interface_version", pdu.interface_version);
  visitor.octet("addr_ton", pdu.addr_ton);
  visitor.octet("addr_npi", pdu.addr_npi);
  visitor.text("address_range", pdu.address_range, 41);
}

template <class Visitor, OneOf<BindResponse> P>
void visit_fields(Visitor& visitor, P& pdu) {
  visitor.text("system_id", pdu.system_id, 65);
  visitor.tlvs(pdu.tlvs);
}

template <class Visitor, OneOf<Outbind> P>
void visit_fields(Visitor& visitor, P& pdu) {
  visitor.text("system_id", pdu.system_id, 16);
  visitor.text("password", pdu.password, 9);
}

template <class Visitor, OneOf<SubmitSm, DeliverSm> P>
void visit_fields(Visitor& visitor, P& pdu) {
  visitor.text("service_type", pdu.service_type, 6);
  visit_addresses(visitor, pdu, kMaxAddress);
  visitor.octet("esm_class", pdu.esm_class);
  visitor.octet("protocol_id", pdu.protocol_id);
  visitor.octet("priority_flag", pdu.priority_flag);
  visitor.text("schedule_delivery_time", pdu.schedule_delivery_time, kMaxTime);
  visitor.text("validity_period", pdu.validity_period, kMaxTime);
  visitor.octet("registered_delivery", pdu.registered_delivery);
  visitor.octet("replace_if_present_flag", pdu.replace_if_present_flag);
  visitor.octet("data_coding", pdu.data_coding);
  visitor.octet("sm_default_msg_id", pdu.sm_default_msg_id);
  visitor.short_message(pdu.short_message);
  visitor.tlvs(pdu.tlvs);
}

template <class Visitor, OneOf<SubmitSmResponse, DeliverSmResponse, DataSmResponse> P>
void visit_fields(Visitor& visitor, P& pdu) {
  visitor.text("message_id", pdu.message_id, kMaxMessageId);
  visitor.tlvs(pdu.tlvs);
}

template <class Visitor, OneOf<DataSm> P>
void visit_fields(Visitor& visitor, P& pdu) {
  visitor.text("service_type", pdu.service_type, 6);
  visit_addresses(visitor, pdu, kMaxLongAddress);
  visitor.octet("esm_class", pdu.esm_class);
  visitor.octet("registered_delivery", pdu.registered_delivery);
  visitor.octet("data_coding", pdu.data_coding);
  visitor.tlvs(pdu.tlvs);
}

template <class Visitor, OneOf<QuerySm> P>
void visit_fields(Visitor& visitor, P& pdu) {
  visitor.text("message_id", pdu.message_id, kMaxMessageId);
  visitor.octet("source_addr_ton", pdu.source_addr_ton);
  visitor.octet("source_addr_npi", pdu.source_addr_npi);
  visitor.text("source_addr", pdu.source_addr, kMaxAddress);
}

template <class Visitor, OneOf<QuerySmResponse> P>
void visit_fields(Visitor& visitor, P& pdu) {
  visitor.text("message_id", pdu.message_id, kMaxMessageId);
  visitor.text("final_date", pdu.final_date, kMaxTime);
  visitor.octet("message_state", pdu.message_state);
  visitor.octet("error_code", pdu.error_code);
  visitor.tlvs(pdu.tlvs);
}

template <class Visitor, OneOf<AlertNotification> P>
void visit_fields(Visitor& visitor, P& pdu) {
  visitor.octet("source_addr_ton", pdu.source_addr_ton);
  visitor.octet("source_addr_npi", pdu.source_addr_npi);
  visitor.text("source_addr", pdu.source_addr, kMaxLongAddress);
  visitor.octet("esme_addr_ton", pdu.esme_addr_ton);
  visitor.octet("esme_addr_npi", pdu.esme_addr_npi);
  visitor.text("esme_addr", pdu.esme_addr, kMaxLongAddress);
  visitor.tlvs(pdu.tlvs);
}

}  // namespace messo::smpp
