// A hub made of glass: gives a plugin what it needs and writes down every rule it breaks.
#pragma once
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "channel/border_values.hpp"

namespace messo::conformance {

// Thread-safe. Must outlive the plugin's last thread, so the runner never frees one.
class CheckHost {
 public:
  CheckHost();
  CheckHost(const CheckHost&) = delete;
  CheckHost& operator=(const CheckHost&) = delete;
  const messo_host* raw() const { return &host_; }

  // Texts that must never be logged or told to clients: addresses, secrets. Shorter than four bytes are ignored.
  void keep_private(std::string text);
  // The messages about to be submitted.
  void expect(std::span<const OutgoingMessage> batch);
  // An attempt the plugin is asked about: one more outcome for it is right, or none.
  void ask(AttemptId attempt);
  // The plugin would not have it after all.
  void withdraw(AttemptId attempt);
  // A receipt the plugin handed to a sink: writes down what is wrong with it; it, if it could be kept.
  std::optional<Receipt> inspect(const messo_receipt* raw);
  // Bytes every attachment consists of.
  void attach(std::string bytes);
  // stop() has returned: every call-back from now on breaks a rule.
  void close();

  // Waits; false after `limit`.
  bool wait_grant(std::chrono::milliseconds limit);
  bool wait_answers(std::chrono::milliseconds limit);                                      // until everything expected has an outcome
  std::optional<Outcome> wait_answer(AttemptId attempt, std::chrono::milliseconds limit);  // to a question
  std::uint32_t granted() const;
  bool paused() const;  // the last grant asks to wait
  std::string pause_reason() const;
  std::size_t unanswered() const;
  std::size_t attachment_bytes_read() const;
  // First outcome of each attempt.
  std::map<AttemptId, Outcome> outcomes() const;
  // What was broken since the last call, each sentence once.
  std::vector<std::string> take_violations();
  bool violated() const;

 private:
  void on_outcome(const messo_outcome* raw);
  void credits(std::uint32_t messages, std::int64_t pause_until_ms, messo_str reason);
  std::int64_t read(const messo_id* attempt, std::uint64_t handle, std::uint64_t offset, void* into, std::size_t length);
  std::int32_t receipts(const messo_receipt* const* list, std::size_t count);
  std::int32_t checkpoint(const messo_id* attempt, messo_str bytes);
  std::int32_t keep(const messo_id* attempt, messo_str bytes, const messo_reference* const* references, std::size_t count);
  void log(std::uint32_t level, messo_str id, messo_str text);
  void fill_host();

  // With the lock held.
  void violation(std::string sentence) { violations_.insert(std::move(sentence)); }
  void check_open(const char* what);
  void check_public(std::string_view text, const char* where);
  void check_outcome(const messo_outcome& raw, const Outcome& outcome);
  std::optional<Receipt> check_receipt(const messo_receipt* raw);

  messo_host host_{};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  bool ever_granted_ = false;
  std::uint32_t granted_ = 0;
  std::int64_t pause_until_ms_ = 0;
  std::string pause_reason_;
  std::string attachment_;
  std::size_t attachment_bytes_ = 0;
  std::set<AttemptId> waiting_;
  std::set<AttemptId> kept_;                         // as they are sent
  std::set<AttemptId> evidence_;                     // of a channel that has to prove what it sent
  std::map<AttemptId, Outcome> answered_, answers_;  // first outcomes; answers to questions
  std::map<AttemptId, int> asked_;                   // questions without an answer
  std::size_t log_lines_ = 0;
  std::set<std::string> private_;
  std::set<std::string> violations_;
};

// A host that is never freed: a plugin that misbehaves may call it at any time. All of them stay reachable, so that they are no leak.
CheckHost& immortal_host();

}  // namespace messo::conformance
