// The smallest host a plugin can live in: loads it through the C border, records what it says.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "messo_channel.hpp"

namespace messo::test {

// One message as a test writes it.
struct TestMessage {
  messo_id attempt{};
  messo_id delivery{};
  std::uint32_t priority = MESSO_NORMAL;
  std::string channel = "email";
  std::string to = "mario.rossi@example.it", to_name = "Mario Rossi";
  std::string from = "noreply@comune.example.it", from_name = "Comune di Esempio", reply_to, language = "it";
  std::string meta = "{}";
  std::map<std::string, std::string> parts{{"subject", "Prova"}, {"text", "Buongiorno,\nè una prova.\n"}};
  std::vector<std::array<std::string, 3>> attachments;  // name, content type, bytes
  std::int64_t send_before_ms = INT64_MAX;
  std::int64_t answer_by_ms = INT64_MAX;
};
TestMessage numbered(unsigned number);

struct TestOutcome {
  std::uint32_t kind = 0, scope = 0;
  bool throttled = false;
  std::int64_t retry_after_ms = 0;
  std::string code, public_text, private_text;
  std::vector<std::pair<std::string, std::string>> references;
};

// What a plugin had kept before it handed it over.
struct TestKept {
  messo_id attempt{};
  std::string bytes;
  std::vector<std::pair<std::string, std::string>> references;
};

// What a plugin handed out of a mailbox.
struct TestPage {
  std::int32_t code = MESSO_E_INTERNAL;
  std::string error, cursor;
  bool more = false;
  struct Item {
    std::string id, code, problem, raw;
    std::vector<plugin::Receipt> receipts;
  };
  std::vector<Item> items;
};

struct TestGrant {
  std::uint32_t messages = 0;
  std::int64_t pause_until_ms = 0;
  std::string reason;
};

// A loaded plugin and one instance of it. Every outcome is checked to belong to a submitted attempt and to come once.
class BorderHost {
 public:
  // Throws std::runtime_error with the plugin's own sentence when the configuration is refused.
  BorderHost(const std::string& plugin, const nlohmann::json& config);
  ~BorderHost();
  BorderHost(const BorderHost&) = delete;
  BorderHost& operator=(const BorderHost&) = delete;

  static const messo_channel& table(const std::string& plugin);

  std::int32_t submit(const std::vector<TestMessage>& messages);
  // The outcome of an attempt; throws after ten seconds without one.
  TestOutcome outcome(const messo_id& attempt);
  TestOutcome send(const TestMessage& message);
  bool has_outcome(const messo_id& attempt) const;
  bool wait_for(std::size_t outcomes, std::chrono::seconds limit = std::chrono::seconds(10)) const;
  std::map<std::string, unsigned> kinds() const;  // outcome codes -> how many
  void stop(std::int64_t drain_ms = 2000);
  std::pair<std::int32_t, std::string> probe();

  // receipts.poll/1, on the calling thread.
  std::vector<std::string> mailboxes();
  TestPage poll(const std::string& mailbox, const std::string& cursor = {}, std::chrono::milliseconds timeout = std::chrono::seconds(5));
  std::int32_t ack(const std::string& mailbox, const std::vector<std::string>& ids);

  // keep_as_sent: told to `watch` as it comes; false from it: not durable.
  void on_keep(std::function<bool(const TestKept&)> watch);
  std::vector<TestKept> kept() const;

  // on_receipts: told to `watch` as they come, whose answer the plugin gets (MESSO_OK without one).
  void on_receipts(std::function<std::int32_t(const std::vector<plugin::Receipt>&)> watch);
  // Those that were answered MESSO_OK.
  std::vector<plugin::Receipt> receipts() const;
  bool wait_for_receipts(std::size_t count, std::chrono::seconds limit = std::chrono::seconds(10)) const;
  // query/1; the answer is outcome() then.
  std::int32_t query(const messo_id& attempt, const std::vector<plugin::Reference>& references);

  std::vector<TestGrant> grants() const;
  std::vector<std::string> log() const;
  std::vector<std::string> violations() const;  // of the border's rules

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace messo::test
