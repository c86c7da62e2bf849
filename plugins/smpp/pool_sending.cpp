// Messages of the pool: from the queue to a session, from a response to an outcome, and pauses.
#include <fmt/format.h>

#include <algorithm>

#include "mail/doubled_pause.hpp"
#include "smpp/pool.hpp"

namespace messo::smpp {
namespace {

using std::chrono::steady_clock;

constexpr Seconds kWorthGivingBack{5};  // a pause longer than this: what waits may go another way meanwhile
constexpr Seconds kThrottleLogEvery{60};

}  // namespace

void SmppPool::answer(const messo_id& attempt, const plugin::Outcome& outcome) {
  --room_taken_;  // before it is told: the hub may hand over the next one at once
  --in_hand_;
  host_.outcome(attempt, outcome);
}

void SmppPool::arrive(OutboundPtr message) {
  if (message->verdict) return answer(message->attempt, *message->verdict);
  if (message->expected.empty()) return line_up(std::move(message));
  ++being_kept_;
  expectations_.put(message);
}

void SmppPool::line_up(OutboundPtr message) {
  const auto now = steady_clock::now();
  if (paused_until_ > now && (pause_trouble_.what == Trouble::refused_here || !can_send()))
    return answer(message->attempt, waited_in_vain(pause_trouble_).retry_after(std::chrono::ceil<Millis>(paused_until_ - now).count()));
  waiting_[message->priority].push_back(std::move(message));
}

bool SmppPool::anything_waits() const {
  return !begun_.empty() || std::ranges::any_of(waiting_, [](const auto& line) { return !line.empty(); });
}

OutboundPtr SmppPool::next_message(Steady now) {
  for (auto at = begun_.begin(); at != begun_.end(); ++at) {
    if ((*at)->not_before > now) continue;
    auto message = std::move(*at);
    begun_.erase(at);
    return message;
  }
  if (stopping_) return nullptr;
  for (auto& line : waiting_) {
    if (line.empty()) continue;
    auto message = std::move(line.front());
    line.pop_front();
    return message;
  }
  return nullptr;
}

bool SmppPool::has_room(const Session& session) const {
  const auto most = static_cast<std::size_t>(std::max(1.0, allowed_));
  return session.phase == Session::Phase::bound && session.sends() && session.submits < most;
}

// What a session has begun it goes on with, in order; a new message goes to the one with the most room.
void SmppPool::send_what_can_be(Steady now) {
  if (throttled_until_ > now || (paused_until_ > now && pause_trouble_.what == Trouble::refused_here)) return;
  for (auto& session : sessions_) {
    if (session->current && has_room(*session)) send_parts(*session, OutboundPtr(session->current), now);
  }
  while (anything_waits()) {
    Session* free = nullptr;
    for (auto& session : sessions_) {
      if (!session->current && has_room(*session) && (free == nullptr || session->submits < free->submits)) free = session.get();
    }
    if (free == nullptr) return;
    const auto message = next_message(now);
    if (!message) return;
    send_parts(*free, message, now);
  }
}

void SmppPool::send_parts(Session& session, const OutboundPtr& message, Steady now) {
  if (message->begun == Steady{}) message->begun = now;
  auto part = message->first_unsent();
  for (; part < message->parts.size() && has_room(session); part = message->first_unsent()) {
    message->states[part] = PartState::out;
    ++message->out;
    session.request(message->parts[part], {.what = Awaited::What::submit,
                                           .sent_at = now,
                                           .until = now + settings_.response,
                                           .message = message,
                                           .part = static_cast<std::uint32_t>(part)});
  }
  if (part < message->parts.size()) {
    session.current = message;
  } else {
    session.current.reset();
  }
}

void SmppPool::take_submitted(Session& session, Awaited& awaited, std::uint32_t status, std::string id) {
  const auto now = steady_clock::now();
  auto& message = *awaited.message;
  session.proven = true;
  const auto klass = classify(status);
  if (klass == StatusClass::ok) {
    message.came_back(awaited.part, PartState::taken);
    radix_.saw(id);
    message.ids[awaited.part] = std::move(id);
    relaxed(awaited.sent_at);
  } else {
    const bool for_good = klass == StatusClass::permanent_message || klass == StatusClass::permanent_destination;
    // Of several reasons one for good decides.
    if (message.count(PartState::refused) == 0) message.status = status;
    message.came_back(awaited.part, for_good ? PartState::refused : PartState::unsent);
  }
  if (message.halted && session.current == awaited.message) session.current.reset();
  if (klass == StatusClass::throttled || klass == StatusClass::queue_full) throttled(status, awaited.sent_at, now);
  if (klass == StatusClass::configuration) pause({Trouble::refused_here, status, {}}, now + settings_.account_pause);
  settle(awaited.message, now);
  if (klass == StatusClass::rebind) drain(session, {Trouble::unbound, 0, describe_status(status)});
}

// Once nothing of it is out any more: its outcome, or another round for the parts that were not taken, while others were. Those are never
// sent twice, so it cannot be given back to the hub.
void SmppPool::settle(const OutboundPtr& message, Steady now) {
  if (message->out > 0) return;
  const bool open = message->first_unsent() < message->parts.size();
  if (open && !message->halted) return;
  const bool for_good = message->count(PartState::lost) > 0 || message->count(PartState::refused) > 0;
  const bool some_taken = message->count(PartState::taken) > 0;
  if (!open || for_good || !some_taken) return finish(*message);
  const auto wait = mail::doubled_pause(message->tries++, settings_.throttle_max);
  if (drained_ || now + wait > give_up_at(*message)) return finish(*message);
  message->halted = false;
  message->not_before = now + wait;
  begun_.push_back(message);
}

Steady SmppPool::give_up_at(const Outbound& message) const { return std::min(message.begun + settings_.part_retry, message.begin_before); }

void SmppPool::finish(const Outbound& message) {
  auto outcome = final_outcome(message, settings_.receipts);
  if (outcome.throttled && throttled_until_ > steady_clock::now())
    outcome.retry_after_ms = std::chrono::ceil<Millis>(throttled_until_ - steady_clock::now()).count();
  if (outcome.kind == MESSO_UNKNOWN) remember_doubt(message);
  answer(message.attempt, outcome);
}

// ---- pauses -----------------------------------------------------------------------------------------------------------------------------

// The SMSC takes less than we send. Those that were under way when it said so first say it too, and mean nothing more.
void SmppPool::throttled(std::uint32_t status, Steady sent_at, Steady now) {
  if (throttled_at_ != Steady{} && sent_at <= throttled_at_) return;
  throttles_ = taken_since_throttle_ || throttled_at_ == Steady{} ? 0 : throttles_ + 1;
  taken_since_throttle_ = false;
  const auto length = mail::doubled_pause(throttles_, settings_.throttle_max);
  throttled_at_ = now;
  throttled_until_ = now + length;
  allowed_ = std::max(1.0, allowed_ / 2);
  throttle_reason_ = fmt::format("The SMSC asked to slow down ({}): set [provider.rates] to what the contract allows if it goes on.",
                                 describe_status(status));
  grant(now);
  if (throttle_logged_ == Steady{} || now - throttle_logged_ > kThrottleLogEvery) {
    throttle_logged_ = now;
    host_.warning("smpp.throttled", throttle_reason_);
  }
  if (length > kWorthGivingBack) give_back_waiting(not_taken(status).retry_after(length.count()));
}

// A message was taken: the window opens again, by one for as many responses as fit into it.
void SmppPool::relaxed(Steady sent_at) {
  if (sent_at <= throttled_at_) return;
  taken_since_throttle_ = true;
  const double most = settings_.window;
  if (allowed_ < most) allowed_ = std::min(most, allowed_ + 1.0 / allowed_);
}

void SmppPool::pause(const SessionTrouble& trouble, Steady until) {
  const auto now = steady_clock::now();
  if (until <= paused_until_) return;
  paused_until_ = until;
  pause_trouble_ = trouble;
  grant(now);
  const auto seconds = std::max<Millis::rep>(1, std::chrono::ceil<Seconds>(until - now).count());
  host_.warning(needs_operator(trouble) ? "smpp.account_refused" : "smpp.outage",
                fmt::format("Paused for {} s. {}", seconds, full_advice(trouble)));
  give_back_waiting(waited_in_vain(trouble).retry_after(std::chrono::ceil<Millis>(until - now).count()));
}

void SmppPool::grant(Steady now) {
  const auto until = std::max(throttled_until_, paused_until_);
  if (until <= now) return host_.credits(settings_.capacity());
  const auto left = std::chrono::ceil<Millis>(until - now).count();
  const auto reason = paused_until_ >= throttled_until_ ? advice(pause_trouble_) : throttle_reason_;
  host_.credits(settings_.capacity(), host_.now_ms() + left, reason);
}

void SmppPool::give_back_waiting(const plugin::Outcome& outcome) {
  for (auto& line : waiting_) {
    for (const auto& message : std::exchange(line, {})) answer(message->attempt, outcome);
  }
}

}  // namespace messo::smpp
