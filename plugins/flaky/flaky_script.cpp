#include "flaky_script.hpp"

#include <nlohmann/json.hpp>
#include <regex>

namespace flaky {
namespace {

using messo::plugin::ConfigError;
using nlohmann::json;

constexpr std::pair<Reply, std::string_view> kReplies[] = {
    {Reply::sent, "sent"},       {Reply::pending, "pending"}, {Reply::try_later, "try_later"}, {Reply::refused, "refused"},
    {Reply::unknown, "unknown"}, {Reply::drop, "drop"},       {Reply::thrown, "throw"},        {Reply::busy, "busy"}};

Reply reply_of(std::string_view name) {
  for (const auto& [reply, text] : kReplies) {
    if (text == name) return reply;
  }
  return Reply::sent;
}
messo_scope scope_of(std::string_view name) {
  if (name == "provider") return MESSO_SCOPE_PROVIDER;
  return name == "destination" ? MESSO_SCOPE_DESTINATION : MESSO_SCOPE_MESSAGE;
}

Plan read_plan(const json& rule) {
  Plan plan;
  plan.reply = reply_of(rule.at("outcome").get<std::string>());
  plan.scope = scope_of(rule.value("scope", "message"));
  plan.delay_ms = rule.value("delay_ms", std::int64_t{0});
  plan.late = rule.value("late", false);
  plan.twice = rule.value("twice", false);
  plan.throttled = rule.value("throttled", false);
  plan.arrives = rule.value("arrives", false);
  plan.retry_after_ms = rule.value("retry_after_ms", std::int64_t{-1});
  plan.code = rule.value("code", "");
  plan.receipt = rule.value("receipt", "none");
  plan.receipt_after_ms = rule.value("receipt_after_ms", std::int64_t{100});
  plan.receipt_early = rule.value("receipt_early", false);
  plan.as_sent = rule.value("as_sent", std::uint64_t{0});
  plan.expects = rule.value("expects", false);
  return plan;
}

Rule read_rule(const json& from, std::size_t position) {
  Rule rule;
  try {
    rule.applies_to = [to = std::regex(from.value("to", ""))](const std::string& address) { return std::regex_search(address, to); };
  } catch (const std::regex_error& e) {
    throw ConfigError("script[" + std::to_string(position + 1) + "].to: is no regular expression: " + e.what());
  }
  rule.from_nth = from.value("from_nth", std::uint64_t{1});
  rule.times = from.value("times", std::uint64_t{0});
  rule.attempt = from.value("attempt", 0U);
  rule.plan = read_plan(from);
  return rule;
}

}  // namespace

std::string_view name_of(Reply reply) {
  for (const auto& [value, text] : kReplies) {
    if (value == reply) return text;
  }
  return "sent";
}

Config Config::from(std::string_view config_json) {
  const json tree = json::parse(config_json);
  Config config;
  const json script = tree.value("script", json::array());
  for (std::size_t i = 0; i < script.size(); ++i) config.script.push_back(read_rule(script[i], i));
  const json rates = tree.value("rates", json::object());
  config.rates = {rates.value("pending", 0.0), rates.value("try_later", 0.0), rates.value("refused", 0.0), rates.value("unknown", 0.0),
                  rates.value("drop", 0.0)};
  const Rates& r = config.rates;
  if (r.pending + r.try_later + r.refused + r.unknown + r.drop > 1.0 + 1e-9)
    throw ConfigError("rates: together they are over 1; lower some of them");
  config.seed = tree.value("seed", std::uint64_t{1});
  config.delay_ms = tree.value("delay_ms", std::int64_t{0});
  config.credits = tree.value("credits", 100U);
  config.start_paused_ms = tree.value("start_paused_ms", std::int64_t{0});
  config.ledger = tree.value("ledger", "");
  config.queries = tree.value("queries", std::vector<std::string>{});
  config.probe_ok = tree.value("probe", "ok") == "ok";
  if (const auto balance = tree.find("balance"); balance != tree.end()) {
    auto& out = config.balance.emplace();
    out.amount = balance->value("amount", "");
    out.currency = balance->value("currency", "");
    if (balance->contains("messages")) out.messages = balance->at("messages").get<std::uint64_t>();
    out.sentence = balance->value("text", "");
    config.balance_problem = balance->value("problem", "");
  }
  return config;
}

Plan Script::next(const messo::plugin::Message& message) {
  const std::string to(message.to());
  for (Rule& rule : rules_) {
    if (!rule.applies_to(to)) continue;
    if (rule.attempt != 0 && rule.attempt != message.attempt_number()) continue;
    const std::uint64_t nth = ++rule.matched;
    if (nth < rule.from_nth || (rule.times != 0 && nth >= rule.from_nth + rule.times)) continue;
    return rule.plan;
  }
  return by_chance();
}

Plan Script::by_chance() {
  Plan plan;
  plan.receipt = "none";
  double dice = std::uniform_real_distribution<double>(0, 1)(random_);
  const auto falls = [&dice](double rate) { return (dice -= rate) < 0; };
  if (falls(rates_.pending)) {
    plan.reply = Reply::pending;
    plan.receipt = "delivered";
  } else if (falls(rates_.try_later)) {
    plan.reply = Reply::try_later;
  } else if (falls(rates_.refused)) {
    plan.reply = Reply::refused;
  } else if (falls(rates_.unknown)) {
    plan.reply = Reply::unknown;
  } else if (falls(rates_.drop)) {
    plan.reply = Reply::drop;
  }
  plan.arrives = (random_() & 1) != 0;
  plan.delay_ms = longest_delay_ > 0 ? std::uniform_int_distribution<std::int64_t>(0, longest_delay_)(random_) : 0;
  return plan;
}

}  // namespace flaky
