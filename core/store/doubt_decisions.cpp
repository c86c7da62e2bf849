#include "store/doubt_decisions.hpp"

#include <nlohmann/json.hpp>

#include "model/names.hpp"

namespace messo {
namespace {

constexpr names::Row<Held> kHeldNames[] = {
    {Held::no, "no"}, {Held::crashed, "crashed"}, {Held::asked_in_vain, "asked_in_vain"}, {Held::cannot_say, "cannot_say"}};

std::string text_of(const nlohmann::ordered_json& data) {
  return data.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}
Error doubt_error(ErrorKind kind, std::string code, std::string message) { return {kind, std::move(code), std::move(message), {}, {}, {}}; }

}  // namespace

std::string_view to_string(Held held) { return names::name_of<Held>(kHeldNames, held); }

namespace decisions {

DoubtRow new_doubt(AttemptId attempt, ProviderId provider, Instant at) {
  DoubtRow out;
  out.attempt = attempt;
  out.provider = provider;
  out.since = at;
  out.ask_at = at;
  return out;
}

void hold(DoubtRow& doubt, Held why) {
  doubt.held = why;
  doubt.ask_at.reset();
  doubt.requested = false;
}

bool proceed(DoubtRow& doubt, const DoubtStep& step, Instant now) {
  if (step.held != Held::no) {
    hold(doubt, step.held);
    return true;
  }
  // An operator's wish has an event of its own already.
  const bool first = doubt.asks == 0 && !doubt.requested;
  ++doubt.asks;
  doubt.asked_at = now;
  doubt.ask_at = step.again_at;
  doubt.requested = false;
  return first;
}

void request(DoubtRow& doubt, Instant now) {
  doubt.held = Held::no;
  doubt.ask_at = now;
  doubt.requested = true;
}

std::optional<Change> change_of(DeliveryResult result) {
  switch (result) {
    case DeliveryResult::sent: return Change::sent_final;
    case DeliveryResult::simulated: return Change::sent_simulated;
    case DeliveryResult::refused: return Change::refuse;
    case DeliveryResult::no_outcome: return Change::silence;
    default: return {};
  }
}

Status check(const DoubtDecision& decision, OrganisationId organisation, DeliveryState state, std::optional<AttemptId> attempt) {
  if (decision.organisation && *decision.organisation != organisation) return fail(no_such_doubt());
  if (state.phase != Phase::in_doubt) {
    const std::string_view now_is = state.phase == Phase::closed ? to_string(state.result) : to_string(state.phase);
    return fail(doubt_error(ErrorKind::conflict, "already_settled", "It is not in doubt any more: " + std::string(now_is) + "."));
  }
  if (decision.attempt && decision.attempt != attempt) {
    return fail(doubt_error(ErrorKind::conflict, "another_attempt",
                            "It was sent again meanwhile, and that attempt is in doubt now. Look at it anew before you decide."));
  }
  return {};
}

std::string step_data(const DoubtRow& doubt) {
  nlohmann::ordered_json data{{"provider", doubt.provider.to_string()}};
  if (doubt.held != Held::no) data["why"] = to_string(doubt.held);
  if (doubt.asks > 0) data["questions"] = doubt.asks;
  return text_of(data);
}

std::string decision_data(const DoubtDecision& decision, std::optional<DeliveryResult> result) {
  nlohmann::ordered_json data = nlohmann::ordered_json::object();
  if (result) data["result"] = to_string(*result);
  data["operator"] = decision.actor;
  if (!decision.reason.empty()) data["reason"] = decision.reason;
  return text_of(data);
}

Error no_such_doubt() { return doubt_error(ErrorKind::not_found, "doubt_not_found", "There is no such message in doubt."); }
Error expired_in_doubt() {
  return doubt_error(ErrorKind::conflict, "expired",
                     "The time in which the message was to be sent has passed. Close it, or say that it shall be sent even so.");
}
Error not_an_operators_result() {
  return doubt_error(ErrorKind::invalid, "not_an_operators_result",
                     "An operator closes a doubt as sent, refused or no_outcome; only a receipt says more, and a late one still does.");
}

}  // namespace decisions
}  // namespace messo
