// Results as text and JSON, and the advice that goes with them.
#include <fmt/format.h>

#include <algorithm>

#include "plugin_checks.hpp"

namespace messo::conformance {

using nlohmann::json;

bool all_passed(const std::vector<CheckResult>& results) {
  return std::ranges::none_of(results, [](const CheckResult& one) { return one.verdict == Verdict::failed; });
}

// What an author does about a failed rule.
std::string_view remedy_of(std::string_view id) {
  static constexpr std::pair<std::string_view, std::string_view> kRemedies[] = {
      {"load", "build with the hub's own messo_channel.h, name file and About::name alike, export with MESSO_EXPORT_CHANNEL only"},
      {"schema", "complete schema.json: a description for every property, additionalProperties false, x-secret on passwords and tokens"},
      {"config.valid", "correct the file given with --config, or the schema if the file is right"},
      {"config.refused", "throw ConfigError in the constructor: the field, what would be right"},
      {"start", "in start() only start threads and call host().credits(n); connect in the background"},
      {"submit.one", "call host().outcome() exactly once for each message; keep address and provider's text out of code and public text"},
      {"submit.batch", "take max_batch messages at once, or lower About::max_batch; answer each of them"},
      {"submit.many", "copy the batch (OwnedMessage) and return; do the sending on threads of your own, or derive from BlockingChannel"},
      {"submit.odd", "expect empty and long texts, any UTF-8, no parts: refuse what the transport cannot carry"},
      {"attachment", "read attachments with host().read_attachment() before the outcome, by offset until 0 comes"},
      {"send_before", "compare host().now_ms() with send_before_ms() before sending; past it answer try_later"},
      {"query",
       "in query() look up or start asking and return; answer sent only for what the provider has, MESSO_E_NOT_FOUND if none can tell"},
      {"poll.mailboxes", "name what the configuration names, always alike, without looking at the network"},
      {"poll", "hand out by cursor, oldest first, change nothing at the provider before ack(), take any cursor and any id"},
      {"poll.ack", "in ack() take ids that are gone for done: after a crash they come again"},
      {"callback", "check signature or secret first and answer 401 or 403; take nothing in a call for granted: length, encoding, depth"},
      {"receipts.beside", "guard what submit(), poll() and on_request() share: they come at the same time"},
      {"cancel", "answer MESSO_E_NOT_FOUND for what you do not hold"},
      {"measure", "count without sending, for any message; write the report within its room"},
      {"balance", "return within the given time: the object of messo_channel.h, MESSO_E_NOT_FOUND, or a code with a sentence"},
      {"resume", "read a checkpoint as if a stranger had written it; one that is none ends with an outcome or an error code"},
      {"concurrent", "guard what submit() touches, or drop About::concurrent"},
      {"probe", "return within the given time, with a sentence either way; set a timeout on what it waits for"},
      {"stop.drains", "in stop() answer all that is left (given_back()) and join every thread before you return"},
      {"stop.idle", "wake and join the threads at once when there is nothing to do"},
      {"instances", "keep everything in the instance: no globals, no fixed ports or files"}};
  for (const auto& [known, remedy] : kRemedies) {
    if (known == id) return remedy;
  }
  return {};
}

std::string to_text(const std::vector<CheckResult>& results) {
  std::string out;
  for (const auto& one : results) {
    out += fmt::format("{} {:<15} {}\n",
                       one.verdict == Verdict::failed    ? "FAILED"
                       : one.verdict == Verdict::skipped ? "-     "
                                                         : "ok    ",
                       one.id, one.rule);
    const auto remedy = one.verdict == Verdict::failed ? remedy_of(one.id) : std::string_view{};
    for (const auto& note : one.notes) out += fmt::format("       {:<15} {} {}\n", "", one.verdict == Verdict::failed ? "->" : " ", note);
    if (!remedy.empty()) out += fmt::format("       {:<15} remedy: {}\n", "", remedy);
  }
  const auto failed = std::ranges::count(results, Verdict::failed, &CheckResult::verdict);
  out += failed == 0
             ? fmt::format("All {} checks passed.\n", results.size())
             : fmt::format("{} of {} checks failed. What the border asks is in core/channel/sdk/messo_channel.h and docs/plugins.md.\n",
                           failed, results.size());
  return out;
}

json to_json(const std::vector<CheckResult>& results) {
  json list = json::array();
  for (const auto& one : results) {
    list.push_back({{"id", one.id}, {"rule", one.rule}, {"passed", one.verdict != Verdict::failed}, {"notes", one.notes}});
    if (one.verdict == Verdict::failed) list.back()["remedy"] = remedy_of(one.id);
  }
  return {{"passed", all_passed(results)}, {"checks", std::move(list)}};
}

}  // namespace messo::conformance
