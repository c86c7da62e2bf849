#include "store/sms_spending.hpp"

#include <algorithm>

namespace messo::decisions {
namespace {

std::string payer_name(const DirectorySnapshot& directory, const SmsPayer& payer) {
  const auto organisation = [&](OrganisationId id) {
    const auto* found = directory.organisation_by_id(id);
    return found == nullptr ? std::string("?") : found->key;
  };
  if (payer.kind == SmsPayerKind::organisation) return "organisation " + organisation(OrganisationId{payer.owner});
  const auto at = directory.services.find(ServiceId{payer.owner});
  return at == directory.services.end() ? "this service" : "service " + organisation(at->second.organisation) + '/' + at->second.key;
}

Error exceeded(const std::string& whose, const std::string& budget, const std::string& left, const std::string& wanted,
               const NewNotification& n) {
  const auto wait = std::chrono::ceil<Seconds>(n.sms.day_ends - n.accepted_at);
  return {ErrorKind::overloaded,
          "sms_budget_exceeded",
          "The SMS budget of " + whose + " is " + budget + " a day; " + left + " is left today and this message takes " + wanted +
              ". Send it after midnight, or have the budget raised.",
          {},
          {},
          std::max(wait, Seconds{1})};
}

}  // namespace

std::vector<SmsPayer> sms_payers(const DirectorySnapshot& directory, const NewNotification& notification) {
  std::vector<SmsPayer> out;
  if (notification.sms.segments == 0) return out;
  const auto service = directory.services.find(notification.service);
  out.push_back(
      {SmsPayerKind::service, notification.service.value, service == directory.services.end() ? SmsBudget{} : service->second.limits.sms});
  for (const auto* one = directory.organisation_by_id(notification.organisation); one != nullptr; one = directory.above(*one)) {
    out.push_back({SmsPayerKind::organisation, one->id.value, one->sms});
  }
  return out;
}

Status sms_fits(const DirectorySnapshot& directory, const SmsPayer& payer, const SmsSpent& so_far, const NewNotification& notification) {
  const SmsCharge& charge = notification.sms;
  const auto left = [](std::uint64_t budget, std::uint64_t spent) { return budget - std::min(budget, spent); };
  const auto euros = [](MicroEuro amount) { return euro_text(amount) + " EUR"; };
  if (const auto most = payer.budget.segments_per_day; most > 0 && so_far.segments + charge.segments > most) {
    return fail(exceeded(payer_name(directory, payer), std::to_string(most) + " segments", std::to_string(left(most, so_far.segments)),
                         std::to_string(charge.segments), notification));
  }
  if (const auto most = payer.budget.cost_per_day; most > 0 && so_far.cost + charge.cost > most) {
    return fail(exceeded(payer_name(directory, payer), euros(most), euros(left(most, so_far.cost)), euros(charge.cost), notification));
  }
  return {};
}

std::int32_t first_sms_day(Instant from) {
  return static_cast<std::int32_t>(std::chrono::floor<std::chrono::days>(from).time_since_epoch().count());
}

}  // namespace messo::decisions
