// A doubt as operators see it: who has to do something, and what.
#pragma once
#include <string>

#include "api/exchange.hpp"
#include "store/doubts.hpp"

namespace messo::api {

// What is known of the provider of a doubt, beside the doubt itself.
struct DoubtProvider {
  OnDoubt on_doubt = OnDoubt::hold;
  bool known = false;  // still in the directory, and not retired
  bool running = false;
  bool can_query = false;
};

// Where a doubt stands. `asking`: the provider is asked by itself, nothing to do; otherwise an operator decides.
struct DoubtStanding {
  bool asking = false;
  std::string_view why;  // stable: "asking", "policy", "crashed", "asked_in_vain", "cannot_say", "cannot_be_asked", "not_running",
                         // "no_attempts_left"
  std::string advice;    // a sentence for the operator
};
// Pure.
DoubtStanding standing(const Doubt& doubt, const DoubtProvider& provider);

namespace views {

// `Doubt` of docs/openapi.yaml; no personal data.
Json doubt(const Exchange& exchange, const Doubt& doubt, const std::vector<PortStatus>& ports);
// With attempts and timeline of its notification.
Json doubt_in_full(Exchange& exchange, const Doubt& doubt, const NotificationView& owner);

}  // namespace views
}  // namespace messo::api
