#include "model/delivery_state.hpp"

#include "model/names.hpp"

namespace messo {
namespace {

using names::Row;
constexpr Row<Phase> kPhaseNames[] = {{Phase::scheduled, "scheduled"},
                                      {Phase::due, "due"},
                                      {Phase::leased, "leased"},
                                      {Phase::handed_over, "handed_over"},
                                      {Phase::awaiting_receipt, "awaiting_receipt"},
                                      {Phase::in_doubt, "in_doubt"},
                                      {Phase::closed, "closed"}};
constexpr Row<DeliveryResult> kResultNames[] = {{DeliveryResult::open, "open"},
                                                {DeliveryResult::sent, "sent"},
                                                {DeliveryResult::delivered, "delivered"},
                                                {DeliveryResult::undelivered, "undelivered"},
                                                {DeliveryResult::no_outcome, "no_outcome"},
                                                {DeliveryResult::refused, "refused"},
                                                {DeliveryResult::expired, "expired"},
                                                {DeliveryResult::cancelled, "cancelled"},
                                                {DeliveryResult::suppressed, "suppressed"},
                                                {DeliveryResult::simulated, "simulated"}};
constexpr Row<Change> kChangeNames[] = {{Change::lease, "lease"},
                                        {Change::hand_over, "hand_over"},
                                        {Change::release, "release"},
                                        {Change::retry, "retry"},
                                        {Change::sent_final, "sent_final"},
                                        {Change::sent_simulated, "sent_simulated"},
                                        {Change::sent_awaiting, "sent_awaiting"},
                                        {Change::refuse, "refuse"},
                                        {Change::doubt, "doubt"},
                                        {Change::receipt_delivered, "receipt_delivered"},
                                        {Change::receipt_undelivered, "receipt_undelivered"},
                                        {Change::silence, "silence"},
                                        {Change::expire, "expire"},
                                        {Change::cancel, "cancel"},
                                        {Change::suppress, "suppress"}};
constexpr Row<NotificationStatus> kStatusNames[] = {
    {NotificationStatus::queued, "queued"},         {NotificationStatus::awaiting_receipt, "awaiting_receipt"},
    {NotificationStatus::in_doubt, "in_doubt"},     {NotificationStatus::sent, "sent"},
    {NotificationStatus::delivered, "delivered"},   {NotificationStatus::undelivered, "undelivered"},
    {NotificationStatus::no_outcome, "no_outcome"}, {NotificationStatus::refused, "refused"},
    {NotificationStatus::expired, "expired"},       {NotificationStatus::cancelled, "cancelled"},
    {NotificationStatus::suppressed, "suppressed"}, {NotificationStatus::simulated, "simulated"}};

bool waiting(Phase p) { return p == Phase::scheduled || p == Phase::due; }
bool with_provider(Phase p) { return p == Phase::leased || p == Phase::handed_over || p == Phase::in_doubt; }

// What a receipt may still change once the delivery is closed.
std::optional<DeliveryState> strengthen(DeliveryState from, DeliveryResult claim) {
  switch (from.result) {
    case DeliveryResult::sent:
    case DeliveryResult::no_outcome:
    case DeliveryResult::expired:  // it had left after all
    case DeliveryResult::refused: return DeliveryState{Phase::closed, claim, from.result == DeliveryResult::refused};
    case DeliveryResult::undelivered:
      if (claim == DeliveryResult::delivered) return DeliveryState{Phase::closed, DeliveryResult::delivered, true};
      return {};
    case DeliveryResult::delivered:
      if (claim == DeliveryResult::undelivered && !from.disputed) return DeliveryState{Phase::closed, DeliveryResult::delivered, true};
      return {};
    default: return {};
  }
}

std::optional<DeliveryState> receipt(DeliveryState from, DeliveryResult claim) {
  if (from.phase == Phase::closed) return strengthen(from, claim);
  // A receipt may overtake the outcome, or settle a doubt that is already due for another try.
  return DeliveryState{Phase::closed, claim, from.disputed};
}

}  // namespace

std::optional<DeliveryState> apply(DeliveryState from, Change change) {
  const auto move = [&](bool allowed, Phase phase, DeliveryResult result = DeliveryResult::open) -> std::optional<DeliveryState> {
    if (!allowed) return {};
    return DeliveryState{phase, result, from.disputed};
  };
  const Phase p = from.phase;
  switch (change) {
    case Change::lease: return move(waiting(p), Phase::leased);
    case Change::hand_over: return move(p == Phase::leased, Phase::handed_over);
    case Change::release: return move(p == Phase::leased || p == Phase::handed_over, Phase::due);
    case Change::retry: return move(with_provider(p), Phase::due);
    case Change::sent_final: return move(with_provider(p), Phase::closed, DeliveryResult::sent);
    case Change::sent_simulated: return move(with_provider(p), Phase::closed, DeliveryResult::simulated);
    case Change::sent_awaiting: return move(with_provider(p), Phase::awaiting_receipt);
    case Change::refuse: return move(with_provider(p), Phase::closed, DeliveryResult::refused);
    case Change::doubt: return move(p == Phase::leased || p == Phase::handed_over, Phase::in_doubt);
    case Change::receipt_delivered: return receipt(from, DeliveryResult::delivered);
    case Change::receipt_undelivered: return receipt(from, DeliveryResult::undelivered);
    case Change::silence: return move(p == Phase::awaiting_receipt || p == Phase::in_doubt, Phase::closed, DeliveryResult::no_outcome);
    // Also from handed over: the provider said "not taken", and there is no time left for another try.
    case Change::expire: return move(waiting(p) || with_provider(p), Phase::closed, DeliveryResult::expired);
    case Change::cancel: return move(waiting(p), Phase::closed, DeliveryResult::cancelled);
    // Also from handed over: for `resend` providers the lease is the hand-over, and rendering comes after it.
    case Change::suppress:
      return move(waiting(p) || p == Phase::leased || p == Phase::handed_over, Phase::closed, DeliveryResult::suppressed);
  }
  return {};
}

std::optional<DeliveryState> apply_late(DeliveryState from, Change change) {
  switch (change) {
    case Change::sent_final:
    case Change::sent_simulated:
    case Change::sent_awaiting:
    case Change::refuse:
      if (waiting(from.phase) || from.phase == Phase::leased) return apply({Phase::in_doubt, from.result, from.disputed}, change);
      return from.phase == Phase::in_doubt ? apply(from, change) : std::nullopt;
    case Change::retry:
    case Change::release:  // it was not taken after all
      return from.phase == Phase::in_doubt ? apply(from, Change::retry) : std::nullopt;
    case Change::expire: return from.phase == Phase::in_doubt ? apply(from, change) : std::nullopt;
    default: return {};
  }
}

Phase visible_phase(Phase stored, Instant due_at, Instant now) { return stored == Phase::due && due_at > now ? Phase::scheduled : stored; }

bool is_success(DeliveryResult r) { return r == DeliveryResult::sent || r == DeliveryResult::delivered || r == DeliveryResult::simulated; }

NotificationStatus status_of(DeliveryState d) {
  switch (d.phase) {
    case Phase::awaiting_receipt: return NotificationStatus::awaiting_receipt;
    case Phase::in_doubt: return NotificationStatus::in_doubt;
    case Phase::closed: return static_cast<NotificationStatus>(d.result);  // the two number their endings alike
    default: return NotificationStatus::queued;
  }
}

std::string_view to_string(Phase v) { return names::name_of<Phase>(kPhaseNames, v); }
std::string_view to_string(DeliveryResult v) { return names::name_of<DeliveryResult>(kResultNames, v); }
std::string_view to_string(Change v) { return names::name_of<Change>(kChangeNames, v); }
std::string_view to_string(NotificationStatus v) { return names::name_of<NotificationStatus>(kStatusNames, v); }
std::optional<Phase> parse_phase(std::string_view t) { return names::value_of<Phase>(kPhaseNames, t); }
std::optional<DeliveryResult> parse_delivery_result(std::string_view t) { return names::value_of<DeliveryResult>(kResultNames, t); }
std::optional<NotificationStatus> parse_notification_status(std::string_view t) {
  return names::value_of<NotificationStatus>(kStatusNames, t);
}

}  // namespace messo
