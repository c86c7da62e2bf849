#include "model/outcome.hpp"

#include "model/names.hpp"

namespace messo {
namespace {

using names::Row;
constexpr Row<OutcomeKind> kKinds[] = {{OutcomeKind::sent, "sent"},
                                       {OutcomeKind::pending, "pending"},
                                       {OutcomeKind::try_later, "try_later"},
                                       {OutcomeKind::refused, "refused"},
                                       {OutcomeKind::unknown, "unknown"}};
constexpr Row<OutcomeScope> kOutcomeScopes[] = {
    {OutcomeScope::message, "message"}, {OutcomeScope::destination, "destination"}, {OutcomeScope::provider, "provider"}};
constexpr Row<ReceiptKind> kReceipts[] = {
    {ReceiptKind::delivered, "delivered"}, {ReceiptKind::undelivered, "undelivered"}, {ReceiptKind::milestone, "milestone"}};
constexpr Row<Milestone> kMilestones[] = {
    {Milestone::none, "none"}, {Milestone::accepted, "accepted"}, {Milestone::warning_12h, "warning_12h"}, {Milestone::read, "read"},
    {Milestone::paid, "paid"}, {Milestone::delayed, "delayed"},   {Milestone::complained, "complained"}};
constexpr Row<Verification> kVerifications[] = {{Verification::valid, "valid"},
                                                {Verification::untrusted, "untrusted"},
                                                {Verification::expired, "expired"},
                                                {Verification::not_checked, "not_checked"},
                                                {Verification::invalid, "invalid"}};

}  // namespace

std::string_view to_string(OutcomeKind v) { return names::name_of<OutcomeKind>(kKinds, v); }
std::string_view to_string(OutcomeScope v) { return names::name_of<OutcomeScope>(kOutcomeScopes, v); }
std::string_view to_string(ReceiptKind v) { return names::name_of<ReceiptKind>(kReceipts, v); }
std::string_view to_string(Milestone v) { return names::name_of<Milestone>(kMilestones, v); }
std::string_view to_string(Verification v) { return names::name_of<Verification>(kVerifications, v); }
std::optional<Verification> parse_verification(std::string_view t) { return names::value_of<Verification>(kVerifications, t); }

}  // namespace messo
