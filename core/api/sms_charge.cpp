#include "api/sms_charge.hpp"

#include <algorithm>

#include "sms/text.hpp"
#include "template/format.hpp"
#include "template/local_day.hpp"

namespace messo::api {
namespace {

MicroEuro dearest(const DirectorySnapshot& directory, const NewNotification& n) {
  MicroEuro most = 0;
  for (const auto& [id, provider] : directory.providers) {
    if (provider.channel != Channel::sms || provider.pool != n.delivery.pool || !provider.enabled || provider.retired) continue;
    const auto& only = provider.organisations;
    if (!only.empty() && std::find(only.begin(), only.end(), n.organisation) == only.end()) continue;
    most = std::max(most, provider.segment_cost);
  }
  return most;
}

}  // namespace

SmsCharge sms_charge(const CheckedJob& job, const DirectorySnapshot& directory, Instant now) {
  const NewNotification& n = job.notification;
  const auto* text = n.delivery.channel == Channel::sms && n.kind == KeyKind::live ? job.message.part("text") : nullptr;
  if (text == nullptr) return {};
  SmsCharge out;
  out.segments = sms::measure(text->body, sms::Policy::unicode).segments;  // rendering has written what its policy wants
  out.cost = out.segments * dearest(directory, n);
  const LocalDay day = local_day(now, kDefaultZone);
  out.day = day.number;
  out.day_ends = day.ends;
  return out;
}

}  // namespace messo::api
