// What SMS took of the day's budgets, as administrators and /metrics see it.
#pragma once
#include <vector>

#include "api/exchange.hpp"
#include "api/hub_figures.hpp"

namespace messo::api {

struct SmsUsage {
  std::int32_t day = 0;  // since 1970-01-01
  SmsPayerKind kind = SmsPayerKind::service;
  OrganisationId organisation;  // the payer, or the one it belongs to
  std::string payer;            // "comune", "comune/sportello"
  SmsSpent spent;
  SmsBudget budget;  // as it is set now
};
// Of the `days` up to today, newest first, then by payer; today also of those with a budget that took nothing. Errors: the store's.
Result<std::vector<SmsUsage>> sms_usage(Store& store, Instant now, std::int32_t days);

// Of those that have a budget, today's.
void add_sms_figures(FigureSheet& sheet, const ApiParts& parts);

}  // namespace messo::api
