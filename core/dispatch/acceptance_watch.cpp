#include "dispatch/acceptance_watch.hpp"

#include <algorithm>

namespace messo {

Millis AcceptanceWatch::every() const { return std::clamp(patience_ / 30, Millis{500}, Millis{60'000}); }

Status AcceptanceWatch::look() {
  const auto found = store_.evidence().late_acceptances(clock_.now() - patience_);
  if (!found) return fail(Error(found.error()));
  metrics_.late_acceptances.with([&](LateAcceptances& now) { now = *found; });
  const bool late = found->count > 0;
  if (late && !late_) {
    log_.warning("MSO-3031",
                 "certified mail was handed over and its provider has not said that it accepted it (accettazione). See that its mailbox is "
                 "read (`messo receipts mailboxes`) and that the account is not blocked; do not send it again",
                 {{"messages", std::to_string(found->count)}, {"since", to_rfc3339(found->oldest.value_or(Instant{}))}});
  }
  if (!late && late_) log_.info("MSO-3032", "all certified mail that was handed over has been accepted, or has ended");
  late_ = late;
  return {};
}

}  // namespace messo
