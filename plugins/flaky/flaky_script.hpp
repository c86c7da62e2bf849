// What the scripted double does with each message. Pure but for its counters; not thread-safe.
#pragma once
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "messo_channel.hpp"

namespace flaky {

enum class Reply { sent, pending, try_later, refused, unknown, drop, thrown, busy };

struct Plan {
  Reply reply = Reply::sent;
  messo_scope scope = MESSO_SCOPE_MESSAGE;
  std::int64_t delay_ms = 0;
  bool late = false;
  bool twice = false;
  bool throttled = false;
  bool arrives = false;
  std::int64_t retry_after_ms = -1;
  std::string code;
  std::string receipt;  // "none", "delivered", "undelivered", "read"
  std::int64_t receipt_after_ms = 0;
  bool receipt_early = false;
  bool expects = false;       // has the hub keep its reference before it is handed over
  std::uint64_t as_sent = 0;  // bytes of the message it has the hub keep before it is handed over; 0: none
};

struct Rule {
  std::function<bool(const std::string& address)> applies_to;
  std::uint64_t from_nth = 1;
  std::uint64_t times = 0;
  std::uint32_t attempt = 0;
  Plan plan;
  std::uint64_t matched = 0;
};

struct Rates {
  double pending = 0, try_later = 0, refused = 0, unknown = 0, drop = 0;
};

struct Config {
  std::vector<Rule> script;
  Rates rates;
  std::uint64_t seed = 1;
  std::int64_t delay_ms = 0;
  std::uint32_t credits = 100;
  std::int64_t start_paused_ms = 0;
  std::string ledger;
  bool probe_ok = true;
  std::optional<messo::plugin::TellsBalance::Balance> balance;
  std::string balance_problem;       // why asking for it fails; empty: it does not
  std::vector<std::string> queries;  // answers to the questions about one attempt, the last one repeated; empty: as the books say

  // Validated configuration; throws ConfigError for a broken regular expression or rates over 1.
  static Config from(std::string_view config_json);
};

class Script {
 public:
  explicit Script(const Config& config)
      : rules_(config.script), rates_(config.rates), longest_delay_(config.delay_ms), random_(config.seed) {}
  Plan next(const messo::plugin::Message& message);

 private:
  Plan by_chance();

  std::vector<Rule> rules_;
  Rates rates_;
  std::int64_t longest_delay_;
  std::mt19937_64 random_;
};

std::string_view name_of(Reply reply);

}  // namespace flaky
