#include "model/notification.hpp"

#include "model/names.hpp"

namespace messo {
namespace {

constexpr names::Row<EventKind> kEvents[] = {{EventKind::accepted, "accepted"},   {EventKind::attempt_released, "attempt_released"},
                                             {EventKind::outcome, "outcome"},     {EventKind::late_outcome, "late_outcome"},
                                             {EventKind::in_doubt, "in_doubt"},   {EventKind::receipt, "receipt"},
                                             {EventKind::milestone, "milestone"}, {EventKind::closed, "closed"},
                                             {EventKind::expired, "expired"},     {EventKind::cancelled, "cancelled"},
                                             {EventKind::disputed, "disputed"},   {EventKind::recovered, "recovered"},
                                             {EventKind::asked, "asked"},         {EventKind::held, "held"},
                                             {EventKind::resent, "resent"},       {EventKind::settled, "settled"}};

}  // namespace

std::string_view to_string(EventKind v) { return names::name_of<EventKind>(kEvents, v); }

}  // namespace messo
