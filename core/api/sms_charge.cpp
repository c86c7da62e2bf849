#include "api/sms_charge.hpp"

#include <algorithm>

#include "template/format.hpp"
#include "template/local_day.hpp"

namespace messo::api {
namespace {

MicroEuro dearest(const DirectorySnapshot& directory, const NewNotification& n) {
  MicroEuro most = 0;
  for (const auto& [id, provider] : directory.providers) {
    const bool used = provider.enabled && !provider.retired && provider.channel == Channel::sms && provider.pool == n.delivery.pool;
    if (used && provider.serves(n.organisation)) most = std::max(most, provider.segment_cost);
  }
  return most;
}

}  // namespace

SmsCharge sms_charge(const CheckedJob& job, const DirectorySnapshot& directory, Instant now) {
  const NewNotification& n = job.notification;
  if (!job.message.sms || n.kind != KeyKind::live) return {};
  SmsCharge out;
  out.segments = job.message.sms->segments;
  out.cost = out.segments * dearest(directory, n);
  const LocalDay day = local_day(now, kDefaultZone);
  out.day = day.number;
  out.day_ends = day.ends;
  return out;
}

}  // namespace messo::api
