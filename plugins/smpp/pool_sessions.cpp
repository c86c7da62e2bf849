// Sessions of the pool: made, watched, lost; what comes from the SMSC.
#include <fmt/format.h>

#include <algorithm>

#include "mail/doubled_pause.hpp"
#include "smpp/pool.hpp"

namespace messo::smpp {
namespace {

using std::chrono::steady_clock;

constexpr Millis kSoon{100};       // after a session that did well
constexpr Millis kDidWell{5'000};  // it lived so long
}  // namespace

bool SmppPool::can_send() const {
  return std::ranges::any_of(sessions_, [](const auto& session) { return session->sends() && session->is_bound(); });
}

void SmppPool::dial_what_is_due(Steady now) {
  for (auto& session : sessions_) {
    if (session->phase != Session::Phase::closed || session->retry_at > now) continue;
    session->phase = Session::Phase::dialing;
    dialer_.dial_for(session->index);
  }
}

void SmppPool::take_stream(Dialled&& dialled) {
  auto& session = *sessions_[dialled.session];
  if (stopping_) {
    session.phase = Session::Phase::closed;
    return;
  }
  if (!dialled.result) return lose(session, dialled.result.error());
  const auto now = steady_clock::now();
  session.attach(std::move(*dialled.result), now);
  session.phase = Session::Phase::binding;
  session.request(bind_request(settings_, session.role), {.what = Awaited::What::bind, .sent_at = now, .until = now + settings_.connect});
}

void SmppPool::take_bind(Session& session, std::uint32_t status) {
  if (status != 0) return lose(session, {Trouble::bind_refused, status, {}});
  const auto now = steady_clock::now();
  session.phase = Session::Phase::bound;
  session.bound_at = now;
  if (session.sends()) {
    ++bound_;
    if (paused_until_ > now && pause_trouble_.what != Trouble::refused_here) {
      paused_until_ = {};
      host_.info("smpp.bound", "The SMSC has accepted the bind; sending goes on.");
      grant(now);
    }
  }
}

// The connection is gone, or is given up now. What was on it is told its fate.
void SmppPool::lose(Session& session, const SessionTrouble& trouble) {
  const auto now = steady_clock::now();
  const bool was_sending = session.sends() && session.is_bound();
  const bool was_unbinding = session.phase == Session::Phase::unbinding;
  const bool did_well = session.proven || (session.bound_at != Steady{} && now - session.bound_at > kDidWell);
  auto current = std::exchange(session.current, nullptr);
  auto left = session.close();
  session.bound_at = {};
  session.proven = false;
  if (was_sending) --bound_;
  std::vector<OutboundPtr> touched;
  for (auto& awaited : left) {
    if (awaited.what == Awaited::What::query) take_queried(awaited, 0, nullptr);
    if (awaited.what != Awaited::What::submit) continue;
    awaited.message->came_back(awaited.part, session.never_left(awaited) ? PartState::unsent : PartState::lost);
    touched.push_back(std::move(awaited.message));
  }
  if (current) {
    current->halted = true;
    touched.push_back(std::move(current));
  }
  std::ranges::sort(touched);
  touched.erase(std::ranges::unique(touched).begin(), touched.end());
  for (const auto& message : touched) settle(message, now);

  if (stopping_ || was_unbinding) return;
  const bool passing = did_well && trouble.what != Trouble::silent && !needs_operator(trouble);
  session.failures = passing ? 0 : session.failures + 1;
  const Millis wait = needs_operator(trouble) ? Millis(settings_.account_pause)
                      : session.failures > 0  ? mail::doubled_pause(session.failures - 1, settings_.reconnect_max)
                                              : kSoon;
  session.retry_at = now + wait;
  if (session.sends() && !can_send() && session.failures > 0) return pause(trouble, session.retry_at);
  if (session.failures <= 1) host_.warning("smpp.session_lost", fmt::format("A session ended and is made anew. {}", full_advice(trouble)));
}

// Nothing new is sent on it; it ends once everything is answered, or the time for that is over.
void SmppPool::drain(Session& session, const SessionTrouble& trouble) {
  if (session.phase != Session::Phase::bound) return;
  session.phase = Session::Phase::draining;
  if (auto current = std::exchange(session.current, nullptr)) {
    current->halted = true;
    if (current->out == 0) settle(current, steady_clock::now());
  }
  if (session.submits == 0) lose(session, trouble);
}

void SmppPool::watch_over(Session& session, Steady now) {
  while (auto late = session.open() ? session.overdue(now) : std::nullopt) {
    switch (late->what) {
      case Awaited::What::query: take_queried(*late, 0, nullptr); break;
      case Awaited::What::submit:
        late->message->came_back(late->part, PartState::lost);
        if (session.current == late->message) session.current.reset();
        settle(late->message, now);
        if (session.phase == Session::Phase::bound)
          host_.warning("smpp.response_timeout",
                        "The SMSC did not respond to a message in time: it is in doubt, and the session is made anew.");
        drain(session, {Trouble::silent, 0, "no response to submit_sm"});
        if (session.open() && session.submits == 0) lose(session, {Trouble::silent, 0, "no response to submit_sm"});
        break;
      case Awaited::What::bind: lose(session, {Trouble::silent, 0, "no response to bind"}); break;
      case Awaited::What::enquire: lose(session, {Trouble::silent, 0, "no response to enquire_link"}); break;
      case Awaited::What::unbind: lose(session, {Trouble::closed, 0, "no response to unbind"}); break;
    }
  }
  const bool idle = session.phase == Session::Phase::bound && now - session.last_heard() >= settings_.enquire_link;
  if (idle && !session.awaits_anything())
    session.request(EnquireLink{}, {.what = Awaited::What::enquire, .sent_at = now, .until = now + settings_.response});
}

// ---- what comes -------------------------------------------------------------------------------------------------------------------------

void SmppPool::useless(Session& session) {
  if (session.nonsense()) lose(session, {Trouble::protocol, 0, "too many PDUs that belong to nothing"});
}

void SmppPool::take_pdu(Session& session, Pdu&& pdu) {
  const auto id = command_id(pdu.body);
  if (is_response(id)) return take_response(session, std::move(pdu));
  const auto sequence = pdu.sequence;
  if (std::holds_alternative<EnquireLink>(pdu.body)) return session.respond(sequence, 0, EnquireLinkResponse{});
  if (std::holds_alternative<Unbind>(pdu.body)) {
    session.respond(sequence, 0, UnbindResponse{});
    static_cast<void>(session.flush());
    if (session.phase == Session::Phase::bound) return drain(session, {Trouble::unbound, 0, {}});
    if (session.phase != Session::Phase::draining) lose(session, {Trouble::unbound, 0, {}});
    return;
  }
  auto* deliver = std::get_if<DeliverSm>(&pdu.body);
  auto* data = std::get_if<DataSm>(&pdu.body);
  if (deliver != nullptr && session.is_bound()) return take_incoming(session, sequence, id, *deliver);
  if (data != nullptr && session.is_bound()) return take_incoming(session, sequence, id, as_deliver(std::move(*data)));
  if (std::holds_alternative<AlertNotification>(pdu.body)) return;
  if (std::holds_alternative<Outbind>(pdu.body)) return useless(session);
  // A request that is the SMSC's to answer, or one before the bind, or while we leave: it comes again on another session.
  const auto status = deliver == nullptr && data == nullptr        ? Status::ESME_RINVCMDID
                      : session.phase == Session::Phase::unbinding ? Status::ESME_RX_T_APPN
                                                                   : Status::ESME_RINVBNDSTS;
  session.respond(sequence, value(status), response_to(id));
  useless(session);
}

void SmppPool::take_response(Session& session, Pdu&& pdu) {
  auto awaited = session.answered(pdu.sequence);
  if (!awaited) {
    if (std::holds_alternative<GenericNack>(pdu.body) && pdu.sequence == 0)
      return lose(session, {Trouble::protocol, 0, fmt::format("generic_nack, {}", describe_status(pdu.status))});
    return useless(session);
  }
  const auto generation = session.generation;
  switch (awaited->what) {
    case Awaited::What::bind:
      if (pdu.status == 0 && !std::holds_alternative<BindResponse>(pdu.body))
        return lose(session, {Trouble::protocol, 0, "a response of another kind than its request"});
      return take_bind(session, pdu.status);
    case Awaited::What::enquire: break;
    case Awaited::What::unbind: return lose(session, {Trouble::closed, 0, {}});
    case Awaited::What::query: take_queried(*awaited, pdu.status, std::get_if<QuerySmResponse>(&pdu.body)); break;
    case Awaited::What::submit: {
      auto* response = std::get_if<SubmitSmResponse>(&pdu.body);
      const bool nack = std::holds_alternative<GenericNack>(pdu.body) && pdu.status != 0;
      if (response == nullptr && !nack) {
        awaited->message->came_back(awaited->part, PartState::lost);
        settle(awaited->message, steady_clock::now());
        lose(session, {Trouble::protocol, 0, "a response of another kind than its request"});
        return;
      }
      take_submitted(session, *awaited, pdu.status, response != nullptr ? std::move(response->message_id) : std::string{});
      break;
    }
  }
  if (session.generation == generation && session.phase == Session::Phase::draining && session.submits == 0)
    lose(session, {Trouble::unbound, 0, {}});
}

void SmppPool::take_incoming(Session& session, std::uint32_t sequence, CommandId request, const DeliverSm& deliver) {
  ReceiptClerk::Slip slip;
  slip.receipt = read_incoming(deliver, radix_, settings_, host_.now_ms());
  slip.session = session.index;
  slip.generation = session.generation;
  slip.sequence = sequence;
  slip.request = request;
  note_radix();
  if (clerk_.put(slip)) return;
  slip.result = ReceiptClerk::Result::later;
  acknowledge(slip);
}

void SmppPool::acknowledge(const ReceiptClerk::Slip& slip) {
  using Result = ReceiptClerk::Result;
  const bool late = slip.result == Result::later;
  if (late && !receipts_late_)
    host_.warning("smpp.receipts_later", "Receipts could not be stored; the SMSC is asked to send them again. Check the hub's disk.");
  receipts_late_ = late;
  if (slip.session == ReceiptClerk::kNoSession) return;
  auto& session = *sessions_[slip.session];
  if (!session.open() || session.generation != slip.generation) return;  // the SMSC sends it again
  const auto status = slip.result == Result::durable ? Status::ESME_ROK : late ? Status::ESME_RX_T_APPN : Status::ESME_RX_P_APPN;
  session.respond(slip.sequence, value(status), response_to(slip.request));
}

void SmppPool::note_radix() {
  if (radix_.known() == radix_told_) return;
  radix_told_ = radix_.known();
  const auto word = radix_told_ == ReceiptIds::same             ? "same"
                    : radix_told_ == ReceiptIds::decimal_of_hex ? "decimal-of-hex"
                                                                : "hex-of-decimal";
  host_.info("smpp.receipt_ids_learned",
             fmt::format("Receipts name messages as receipt_ids = \"{}\" says: set it, so that it holds from the start.", word));
}

}  // namespace messo::smpp
