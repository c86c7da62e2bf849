// A notification's line as lists and views read it.
#pragma once
#include "store/decisions.hpp"
#include "store/ledger.hpp"
#include "store/sqlite/codec.hpp"
#include "store/sqlite/connection.hpp"

namespace messo::sqlite {

// The one place that names the columns summary_of reads, as the beginning of a SELECT over `notification n`.
#define MESSO_SUMMARY_COLUMNS                                                                                                       \
  "SELECT n.id, n.organisation, n.service, n.kind, n.template_key, n.template_version, n.class, n.priority, n.language, n.status, " \
  "n.accepted_at, n.send_at, n.ended_at, n.reference, n.protocol, n.case_file, n.labels, n.batch"
inline constexpr int kSummaryColumns = 18;

Result<NotificationSummary> summary_of(const Statement& row);

inline bool visible(const Visibility& v, const NotificationSummary& s) {
  return (!v.organisation || *v.organisation == s.organisation) && (!v.service || *v.service == s.service);
}

}  // namespace messo::sqlite
