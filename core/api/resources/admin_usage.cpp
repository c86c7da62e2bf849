#include <algorithm>
#include <charconv>

#include "api/resources/directory_edit.hpp"
#include "api/resources/resources.hpp"
#include "api/sms_usage.hpp"
#include "template/format.hpp"
#include "template/local_day.hpp"

namespace messo::api::resources {
namespace {

constexpr std::int32_t kMostUsageDays = 92;

Json view(const SmsUsage& one, bool today) {
  Json out = {{"day", day_text(one.day)},
              {"kind", one.kind == SmsPayerKind::organisation ? "organisation" : "service"},
              {"payer", one.payer},
              {"segments", one.spent.segments},
              {"cost", euro_text(one.spent.cost)}};
  if (!today) return out;
  const auto left = [](std::uint64_t budget, std::uint64_t used) { return budget - std::min(budget, used); };
  if (const auto most = one.budget.segments_per_day; most > 0) {
    out["segments_budget"] = most;
    out["segments_left"] = left(most, one.spent.segments);
  }
  if (const auto most = one.budget.cost_per_day; most > 0) {
    out["cost_budget"] = euro_text(most);
    out["cost_left"] = euro_text(left(most, one.spent.cost));
  }
  return out;
}

std::optional<std::int32_t> days_of(std::string_view text) {
  std::int32_t days = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (error != std::errc{} || end != text.data() + text.size() || days < 1 || days > kMostUsageDays) return {};
  return days;
}

}  // namespace

Response read_usage(Exchange& exchange) {
  const auto days = days_of(exchange.request.parameter("days").value_or("1"));
  if (!days) return bad_parameter(exchange.request, "days", "must be a number from 1 to " + std::to_string(kMostUsageDays));
  std::optional<OrganisationId> only;
  if (const auto key = exchange.request.parameter("organisation")) {
    const auto organisation = administered_organisation(exchange, *key, "organisation");
    if (!organisation) return parameter_error(exchange.request, organisation.error());
    only = (*organisation)->id;
  }
  const auto usage = sms_usage(exchange.hub.parts.store, exchange.now, *days);
  if (!usage) return answer(exchange.request, usage.error());
  const LocalDay today = local_day(exchange.now, kDefaultZone);
  Json body = {{"today", day_text(today.number)}, {"today_ends", to_rfc3339(today.ends)}, {"items", Json::array()}};
  for (const SmsUsage& one : *usage) {
    if (!exchange.caller.administers(one.organisation) || (only && one.organisation != *only)) continue;
    body["items"].push_back(view(one, one.day == today.number));
  }
  return answer(body);
}

}  // namespace messo::api::resources
