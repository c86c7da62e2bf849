// The attempts a plugin instance holds, and those it held lately: who may still be answered, and how. Not thread-safe; pure but for memory.
#pragma once
#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "channel/provider_port.hpp"

namespace messo {

// What an outcome naming an attempt is.
enum class Answered : std::uint8_t {
  first,    // the one that was waited for
  late,     // the first one, after answer_by
  again,    // a second one: the plugin breaks its promise
  foreign,  // not an attempt of this instance, or forgotten
};

class AttemptsOut {
 public:
  static constexpr std::size_t kOverdue = 65'536;   // remembered after answer_by, oldest forgotten first
  static constexpr std::size_t kAnswered = 16'384;  // remembered after their outcome

  struct File {
    BlobId blob;
    std::uint64_t size = 0;
  };
  struct Entry {
    Steady answer_by{};
    OrganisationId organisation;
    std::vector<File> files;  // by handle - 1
  };

  // `offset`: from the messages' wall times to monotonic ones.
  void add(std::span<const OutgoingMessage> batch, Instant wall, Steady steady);
  // Takes a batch back that the plugin would not have. Those answered meanwhile are not among the result.
  std::vector<AttemptId> take_back(std::span<const OutgoingMessage> batch);
  Answered answer(AttemptId attempt);
  // An outcome for it is expected although it was not submitted in this run (asked after a restart).
  void expect(AttemptId attempt) { remember_overdue(attempt); }
  // Those past their answer_by become overdue and are returned.
  std::vector<AttemptId> overdue(Steady now);
  // All that are left; they become overdue.
  std::vector<AttemptId> abandon();
  const Entry* find(AttemptId attempt) const;
  std::size_t size() const { return entries_.size(); }

 private:
  void remember_overdue(AttemptId attempt);
  void remember_answered(AttemptId attempt);

  std::unordered_map<AttemptId, Entry> entries_;
  std::unordered_set<AttemptId> overdue_, answered_;
  std::deque<AttemptId> overdue_order_, answered_order_;
};

}  // namespace messo
