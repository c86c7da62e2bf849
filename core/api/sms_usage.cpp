#include "api/sms_usage.hpp"

#include <algorithm>
#include <set>

#include "api/views.hpp"
#include "template/format.hpp"
#include "template/local_day.hpp"

namespace messo::api {
namespace {

// The payer's name, owner and budget; nothing for one that was never in this directory.
bool describe_payer(const DirectorySnapshot& directory, const Uuid& owner, SmsUsage& out) {
  if (out.kind == SmsPayerKind::organisation) {
    const auto* organisation = directory.organisation_by_id(OrganisationId{owner});
    if (organisation == nullptr) return false;
    out.organisation = organisation->id;
    out.payer = organisation->key;
    out.budget = organisation->sms;
    return true;
  }
  const auto at = directory.services.find(ServiceId{owner});
  if (at == directory.services.end()) return false;
  out.organisation = at->second.organisation;
  out.payer = views::service_address(directory, at->first);
  out.budget = at->second.limits.sms;
  return true;
}

void add_unused(const DirectorySnapshot& directory, std::int32_t today, const std::set<Uuid>& used, std::vector<SmsUsage>& out) {
  const auto add = [&](SmsPayerKind kind, const Uuid& owner, bool retired, const SmsBudget& budget) {
    if (retired || !budget.limits() || used.contains(owner)) return;
    SmsUsage one;
    one.day = today;
    one.kind = kind;
    if (describe_payer(directory, owner, one)) out.push_back(std::move(one));
  };
  for (const auto& [id, organisation] : directory.organisations)
    add(SmsPayerKind::organisation, id.value, organisation.retired, organisation.sms);
  for (const auto& [id, service] : directory.services) add(SmsPayerKind::service, id.value, service.retired, service.limits.sms);
}

}  // namespace

Result<std::vector<SmsUsage>> sms_usage(Store& store, Instant now, std::int32_t days) {
  const auto today = local_day(now, kDefaultZone).number;
  const auto spent = store.ledger().sms_spent(today - days + 1, today);
  if (!spent) return fail(Error(spent.error()));
  const DirectoryPtr directory = store.directory().snapshot();
  std::vector<SmsUsage> out;
  out.reserve(spent->size());
  std::set<Uuid> used_today;
  for (const SmsSpentOn& row : *spent) {
    SmsUsage one;
    one.day = row.day;
    one.kind = row.kind;
    one.spent = row.spent;
    if (!describe_payer(*directory, row.owner, one)) continue;
    if (row.day == today) used_today.insert(row.owner);
    out.push_back(std::move(one));
  }
  add_unused(*directory, today, used_today, out);
  std::sort(out.begin(), out.end(),
            [](const SmsUsage& a, const SmsUsage& b) { return a.day != b.day ? a.day > b.day : a.payer < b.payer; });
  return out;
}

void add_sms_figures(FigureSheet& sheet, const ApiParts& parts) {
  const auto usage = sms_usage(parts.store, parts.clock.now(), 1);
  if (!usage) return;
  constexpr double kMicro = 1e-6;
  for (const SmsUsage& one : *usage) {
    if (!one.budget.limits()) continue;
    const auto line = [&](const char* unit, double budget, double used) {
      if (budget <= 0) return;
      const FigureSheet::Labels labels{{"payer", one.payer}, {"unit", unit}};
      sheet.gauge("messo_sms_budget", "What SMS may take today, of those who have a budget", budget, labels);
      sheet.gauge("messo_sms_budget_used", "What they took of it", used, labels);
    };
    line("segments", static_cast<double>(one.budget.segments_per_day), static_cast<double>(one.spent.segments));
    line("euro", static_cast<double>(one.budget.cost_per_day) * kMicro, static_cast<double>(one.spent.cost) * kMicro);
  }
}

}  // namespace messo::api
