// What operators and questions do to a doubt: pure, shared by every engine (decisions.hpp has the rest).
#pragma once
#include "store/decisions.hpp"
#include "store/doubts.hpp"

namespace messo::decisions {

// What a doubt's row holds beside who it is about.
struct DoubtRow {
  AttemptId attempt;
  ProviderId provider;
  Instant since{};
  Held held = Held::no;
  std::uint32_t asks = 0;
  std::optional<Instant> asked_at, ask_at;
  bool requested = false;
};
// Of a delivery that is in doubt from `at` on; a poisonous one is not asked about.
DoubtRow new_doubt(AttemptId attempt, ProviderId provider, Instant at);
void hold(DoubtRow& doubt, Held why);
// The step is taken; true when the timeline tells of it.
bool proceed(DoubtRow& doubt, const DoubtStep& step, Instant now);
void request(DoubtRow& doubt, Instant now);

// What an operator's `result` does; nullopt: it is not for an operator to say.
std::optional<Change> change_of(DeliveryResult result);
// Whether the decision may be carried out on this delivery: of the organisation, in doubt, about this attempt.
Status check(const DoubtDecision& decision, OrganisationId organisation, DeliveryState state, std::optional<AttemptId> attempt);

std::string step_data(const DoubtRow& doubt);  // of the events `asked` and `held`
std::string decision_data(const DoubtDecision& decision, std::optional<DeliveryResult> result);

Error no_such_doubt();
Error expired_in_doubt();
Error not_an_operators_result();

}  // namespace messo::decisions
