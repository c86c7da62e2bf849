#include "store/memory/suppressions.hpp"

#include <algorithm>

namespace messo::memory {
namespace {

void note(State& state, const SuppressionTrace& trace, Instant at) {
  state.audit.push_back({static_cast<std::int64_t>(state.audit.size() + 1), at, trace.actor, trace.sentence});
}

}  // namespace

const Suppression* find_suppression(const State& state, OrganisationId organisation, std::string_view address_hmac) {
  const auto found = std::ranges::find_if(state.suppressions, [&](const auto& entry) {
    return entry.second.organisation == organisation && entry.second.address_hmac == address_hmac;
  });
  return found == state.suppressions.end() ? nullptr : &found->second;
}

bool suppress_delivery(State& state, DeliveryRow& row, Instant now) {
  NotificationRow& owner = state.notifications.at(row.notification);
  if (owner.summary.template_class != TemplateClass::courtesy) return false;
  const Suppression* by = find_suppression(state, row.organisation, row.address_hmac);
  if (by == nullptr) return false;
  move(state, row, *messo::apply(row.state, Change::suppress), now);
  append(state, owner, EventKind::closed, row.id, {}, now, decisions::suppressed_data(by->source));
  return true;
}

Result<SuppressionAdded> MemorySuppressions::add(const Suppression& suppression, const SuppressionTrace& trace) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  if (const Suppression* known = find_suppression(state, suppression.organisation, suppression.address_hmac))
    return SuppressionAdded{*known, false};
  state.suppressions[suppression.id] = suppression;
  note(state, trace, suppression.since);
  return SuppressionAdded{suppression, true};
}

Result<Suppression> MemorySuppressions::remove(SuppressionId id, std::optional<OrganisationId> organisation, const SuppressionTrace& trace,
                                               Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  const auto found = state.suppressions.find(id);
  if (found == state.suppressions.end() || (organisation && *organisation != found->second.organisation))
    return fail(decisions::no_such_suppression());
  Suppression removed = std::move(found->second);
  state.suppressions.erase(found);
  note(state, trace, now);
  return removed;
}

Result<SuppressionPage> MemorySuppressions::list(const SuppressionQuery& query) {
  const std::scoped_lock hold(shared_.mutex);
  SuppressionPage page;
  const auto& all = shared_.state.suppressions;
  for (auto at = all.rbegin(); at != all.rend(); ++at) {
    const Suppression& one = at->second;
    if ((query.organisation && *query.organisation != one.organisation) || (query.channel && *query.channel != one.channel) ||
        (query.address_hmac && *query.address_hmac != one.address_hmac) || (query.before && !(one.id < *query.before)))
      continue;
    if (page.items.size() == query.limit) {
      page.more = true;
      break;
    }
    page.items.push_back(one);
  }
  return page;
}

Result<std::optional<Suppression>> MemorySuppressions::find(OrganisationId organisation, std::string_view address_hmac) {
  const std::scoped_lock hold(shared_.mutex);
  const Suppression* one = find_suppression(shared_.state, organisation, address_hmac);
  return one == nullptr ? std::optional<Suppression>() : std::optional(*one);
}

}  // namespace messo::memory
