#include "smpp_pdu/status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "smpp_pdu/status_class.hpp"

namespace messo::smpp {
namespace {

struct StatusRow {
  Status status;
  std::string_view name;
  StatusClass klass;
  std::string_view text;
};

#define MESSO_SMPP_STATUS(name, klass, text) \
  StatusRow { Status::name, #name, StatusClass::klass, text }

// In order of their numbers.
constexpr StatusRow kStatusTable[] = {
    MESSO_SMPP_STATUS(ESME_ROK, ok, "no error"),
    MESSO_SMPP_STATUS(ESME_RINVMSGLEN, permanent_message, "the message's length is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVCMDLEN, permanent_message, "the command's length is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVCMDID, permanent_message, "the command is not known"),
    MESSO_SMPP_STATUS(ESME_RINVBNDSTS, rebind, "the session is not bound for this command"),
    MESSO_SMPP_STATUS(ESME_RALYBND, rebind, "the account is bound already"),
    MESSO_SMPP_STATUS(ESME_RINVPRTFLG, permanent_message, "the priority is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVREGDLVFLG, permanent_message, "the request for receipts is not accepted"),
    MESSO_SMPP_STATUS(ESME_RSYSERR, retry, "system error of the SMSC"),
    MESSO_SMPP_STATUS(ESME_RINVSRCADR, permanent_message, "the sender is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVDSTADR, permanent_destination, "the destination number is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVMSGID, permanent_message, "the message id is not known"),
    MESSO_SMPP_STATUS(ESME_RBINDFAIL, configuration, "the bind failed"),
    MESSO_SMPP_STATUS(ESME_RINVPASWD, configuration, "the password is wrong"),
    MESSO_SMPP_STATUS(ESME_RINVSYSID, configuration, "the system_id is wrong"),
    MESSO_SMPP_STATUS(ESME_RCANCELFAIL, permanent_message, "the message could not be cancelled"),
    MESSO_SMPP_STATUS(ESME_RREPLACEFAIL, permanent_message, "the message could not be replaced"),
    MESSO_SMPP_STATUS(ESME_RMSGQFUL, queue_full, "the queue of the SMSC is full"),
    MESSO_SMPP_STATUS(ESME_RINVSERTYP, configuration, "the service_type is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVNUMDESTS, permanent_message, "the number of destinations is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVDLNAME, permanent_message, "the distribution list is not known"),
    MESSO_SMPP_STATUS(ESME_RINVDESTFLAG, permanent_message, "the kind of destination is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVSUBREP, permanent_message, "submitting with replacement is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVESMCLASS, permanent_message, "the esm_class is not accepted"),
    MESSO_SMPP_STATUS(ESME_RCNTSUBDL, permanent_message, "the distribution list is not accepted"),
    MESSO_SMPP_STATUS(ESME_RSUBMITFAIL, permanent_message, "the message was not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVSRCTON, permanent_message, "the sender's type of number is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVSRCNPI, permanent_message, "the sender's numbering plan is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVDSTTON, permanent_message, "the destination's type of number is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVDSTNPI, permanent_message, "the destination's numbering plan is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVSYSTYP, configuration, "the system_type is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVREPFLAG, permanent_message, "the replace_if_present flag is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVNUMMSGS, permanent_message, "the number of messages is not accepted"),
    MESSO_SMPP_STATUS(ESME_RTHROTTLED, throttled, "too many messages at once"),
    MESSO_SMPP_STATUS(ESME_RINVSCHED, permanent_message, "the scheduled time is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVEXPIRY, permanent_message, "the validity period is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVDFTMSGID, permanent_message, "the predefined message is not known"),
    MESSO_SMPP_STATUS(ESME_RX_T_APPN, retry, "the receiver has a passing trouble"),
    MESSO_SMPP_STATUS(ESME_RX_P_APPN, permanent_message, "the receiver has a lasting trouble"),
    MESSO_SMPP_STATUS(ESME_RX_R_APPN, permanent_message, "the receiver rejected the message"),
    MESSO_SMPP_STATUS(ESME_RQUERYFAIL, retry, "the query failed"),
    MESSO_SMPP_STATUS(ESME_RINVOPTPARSTREAM, permanent_message, "the optional parameters are not readable"),
    MESSO_SMPP_STATUS(ESME_ROPTPARNOTALLWD, permanent_message, "an optional parameter is not allowed"),
    MESSO_SMPP_STATUS(ESME_RINVPARLEN, permanent_message, "a parameter's length is not accepted"),
    MESSO_SMPP_STATUS(ESME_RMISSINGOPTPARAM, permanent_message, "an optional parameter is missing"),
    MESSO_SMPP_STATUS(ESME_RINVOPTPARAMVAL, permanent_message, "an optional parameter is not accepted"),
    MESSO_SMPP_STATUS(ESME_RDELIVERYFAILURE, permanent_message, "the delivery failed"),
    MESSO_SMPP_STATUS(ESME_RUNKNOWNERR, retry, "an error the SMSC does not name"),
    MESSO_SMPP_STATUS(ESME_RSERTYPUNAUTH, configuration, "the account may not use this service_type"),
    MESSO_SMPP_STATUS(ESME_RPROHIBITED, configuration, "the account may not do this"),
    MESSO_SMPP_STATUS(ESME_RSERTYPUNAVAIL, retry, "the service_type is not available now"),
    MESSO_SMPP_STATUS(ESME_RSERTYPDENIED, configuration, "the service_type is denied"),
    MESSO_SMPP_STATUS(ESME_RINVDCS, permanent_message, "the data_coding is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVSRCADDRSUBUNIT, permanent_message, "the sender's subunit is not accepted"),
    MESSO_SMPP_STATUS(ESME_RINVDSTADDRSUBUNIT, permanent_message, "the destination's subunit is not accepted"),
};
#undef MESSO_SMPP_STATUS
static_assert(std::ranges::is_sorted(kStatusTable, {}, &StatusRow::status));

const StatusRow* status_row(std::uint32_t status) {
  const auto* row = std::ranges::lower_bound(kStatusTable, static_cast<Status>(status), {}, &StatusRow::status);
  return row != std::end(kStatusTable) && status == row->status ? row : nullptr;
}

bool of_the_smsc_itself(std::uint32_t status) { return status >= 0x400 && status <= 0x4FF; }

}  // namespace

std::string_view status_name(std::uint32_t status) {
  const auto* row = status_row(status);
  return row ? row->name : std::string_view{};
}

std::string_view status_text(std::uint32_t status) {
  if (const auto* row = status_row(status)) return row->text;
  return of_the_smsc_itself(status) ? "a status of the SMSC's own" : "a status without a standard meaning";
}

std::string describe_status(std::uint32_t status) {
  const auto name = status_name(status);
  if (name.empty()) return fmt::format("status 0x{:08x}: {}", status, status_text(status));
  return fmt::format("{} (0x{:08x}): {}", name, status, status_text(status));
}

std::string_view to_string(StatusClass klass) {
  switch (klass) {
    case StatusClass::ok: return "ok";
    case StatusClass::throttled: return "throttled";
    case StatusClass::queue_full: return "queue_full";
    case StatusClass::retry: return "retry";
    case StatusClass::rebind: return "rebind";
    case StatusClass::configuration: return "configuration";
    case StatusClass::permanent_message: return "permanent_message";
    case StatusClass::permanent_destination: return "permanent_destination";
  }
  return "retry";
}

StatusClass classify(std::uint32_t status) {
  if (const auto* row = status_row(status)) return row->klass;
  return of_the_smsc_itself(status) ? StatusClass::permanent_message : StatusClass::retry;
}

}  // namespace messo::smpp
