#include "channel/attempts_out.hpp"

namespace messo {

void AttemptsOut::add(std::span<const OutgoingMessage> batch, Instant wall, Steady steady) {
  for (const auto& message : batch) {
    Entry entry{steady + (message.answer_by - wall), message.organisation, {}};
    entry.files.reserve(message.attachments.size());
    for (const auto& file : message.attachments) entry.files.push_back({file.blob, file.size});
    entries_.insert_or_assign(message.attempt, std::move(entry));
  }
}

std::vector<AttemptId> AttemptsOut::take_back(std::span<const OutgoingMessage> batch) {
  std::vector<AttemptId> out;
  for (const auto& message : batch) {
    if (entries_.erase(message.attempt) > 0) out.push_back(message.attempt);
  }
  return out;
}

Answered AttemptsOut::answer(AttemptId attempt) {
  if (entries_.erase(attempt) > 0) {
    remember_answered(attempt);
    return Answered::first;
  }
  if (overdue_.erase(attempt) > 0) {  // its place in the order is skipped when it comes up
    remember_answered(attempt);
    return Answered::late;
  }
  return answered_.contains(attempt) ? Answered::again : Answered::foreign;
}

std::vector<AttemptId> AttemptsOut::overdue(Steady now) {
  std::vector<AttemptId> out;
  for (auto at = entries_.begin(); at != entries_.end();) {
    if (at->second.answer_by > now) {
      ++at;
      continue;
    }
    out.push_back(at->first);
    remember_overdue(at->first);
    at = entries_.erase(at);
  }
  return out;
}

std::vector<AttemptId> AttemptsOut::abandon() { return overdue(Steady::max()); }

const AttemptsOut::Entry* AttemptsOut::find(AttemptId attempt) const {
  const auto at = entries_.find(attempt);
  return at == entries_.end() ? nullptr : &at->second;
}

void AttemptsOut::remember_overdue(AttemptId attempt) {
  if (!overdue_.insert(attempt).second) return;
  overdue_order_.push_back(attempt);
  if (overdue_order_.size() <= kOverdue) return;
  overdue_.erase(overdue_order_.front());
  overdue_order_.pop_front();
}
void AttemptsOut::remember_answered(AttemptId attempt) {
  if (!answered_.insert(attempt).second) return;
  answered_order_.push_back(attempt);
  if (answered_order_.size() <= kAnswered) return;
  answered_.erase(answered_order_.front());
  answered_order_.pop_front();
}

}  // namespace messo
