// What SMS take, day by day, and who pays for them: the rules every engine shares. Pure.
#pragma once
#include <vector>

#include "base/result.hpp"
#include "model/directory.hpp"
#include "model/notification.hpp"

namespace messo {

enum class SmsPayerKind : std::uint8_t { organisation = 1, service = 2 };

struct SmsSpent {
  std::uint64_t segments = 0;
  MicroEuro cost = 0;
};
// What was accepted for one payer on one day; an organisation's has that of all organisations below it in it.
struct SmsSpentOn {
  std::int32_t day = 0;  // since 1970-01-01
  SmsPayerKind kind = SmsPayerKind::service;
  Uuid owner;
  SmsSpent spent;
};

namespace decisions {

struct SmsPayer {
  SmsPayerKind kind = SmsPayerKind::service;
  Uuid owner;
  SmsBudget budget;
};
// Whom the notification's SMS counts for: the service, its organisation and all above that; nobody when it costs nothing.
std::vector<SmsPayer> sms_payers(const DirectorySnapshot& directory, const NewNotification& notification);
// Whether the charge fits into what the payer's budget leaves. overloaded "sms_budget_exceeded", with whose budget it is and how large,
// until the day ends.
Status sms_fits(const DirectorySnapshot& directory, const SmsPayer& payer, const SmsSpent& so_far, const NewNotification& notification);

// The first day of which spending is kept when the ledger begins at `from`.
std::int32_t first_sms_day(Instant from);

}  // namespace decisions
}  // namespace messo
