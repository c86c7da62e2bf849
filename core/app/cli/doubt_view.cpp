#include "app/cli/doubt_view.hpp"

#include "app/cli/notification_view.hpp"
#include "app/cli/session.hpp"
#include "app/cli/text_layout.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;

std::string age_of(const json& doubt, Instant now) {
  const auto since = parse_rfc3339(text(doubt, "since"));
  return since ? age(*since, now) : std::string();
}

// In one or two words: who has to do something.
std::string state_of(const json& doubt) { return text(doubt, "state") == "asking" ? "asking" : "held: " + text(doubt, "why"); }

void line(std::string& out, std::string_view name, const std::string& value) {
  if (value.empty()) return;
  out += "  " + std::string(name) + std::string(14 - std::min<std::size_t>(name.size(), 13), ' ') + plain(value) + '\n';
}

void add_attempts(std::string& out, const json& doubt) {
  Table table({"ATTEMPT", "PROVIDER", "HANDED OVER", "ENDED", "OUTCOME", "REASON"});
  for (const json& a : list(doubt, "attempts")) {
    table.add({text(a, "id"), text(a, "provider"), local_time(text(a, "handed_over_at")), local_time(text(a, "ended_at")),
               text(a, "outcome").empty() ? "none" : text(a, "outcome"), text(a, "reason")});
  }
  if (!table.empty()) out += "\nAttempts\n" + table.to_text();
}

void add_next(std::string& out, const json& doubt) {
  const std::string id = text(doubt, "id");
  out += "\nNext: " + plain(text(doubt, "advice")) + '\n';
  if (flag(doubt, "can_be_asked")) out += "  messo doubt ask " + id + '\n';
  out += "  messo doubt close " + id + " --as sent --reason \"...\"      (the provider has it; or --as refused, no_outcome)\n";
  out += "  messo doubt resend " + id + " --reason \"...\"               (the provider does not have it)\n";
}

}  // namespace

std::string doubts_text(const json& items, Instant now) {
  Table table({"ID", "IN DOUBT FOR", "PROVIDER", "CHANNEL", "SERVICE", "CAUSE", "STATE", "MODE"});
  for (const json& d : items) {
    table.add({text(d, "id"), age_of(d, now), text(d, "provider"), text(d, "channel"), text(d, "organisation") + '/' + text(d, "service"),
               text(d, "cause"), state_of(d), text(d, "mode") == "test" ? "test" : ""});
  }
  return table.to_text();
}

std::string doubt_text(const json& d, Instant now) {
  std::string out = text(d, "id") + "  in doubt for " + age_of(d, now) + ", " + state_of(d) + '\n';
  line(out, "notification", text(d, "notification"));
  line(out, "template", text(d, "template") + (text(d, "class").empty() ? "" : ", " + text(d, "class")));
  line(out, "service", text(d, "organisation") + '/' + text(d, "service") + (text(d, "mode") == "test" ? " (test key)" : ""));
  line(out, "reference", text(d, "reference"));
  line(out, "protocol", text(d, "protocol"));
  line(out, "provider", text(d, "provider") + ", " + text(d, "channel"));
  line(out, "cause", text(d, "cause") == "crash" ? "the hub died while the provider had it" : text(d, "cause"));
  if (number(d, "crashes") > 0) line(out, "crashes", text(d, "crashes") + " in a row");
  line(out, "expires", local_time(text(d, "expires_at")));
  if (number(d, "questions") > 0) line(out, "asked", text(d, "questions") + " times, last at " + local_time(text(d, "asked_at")));
  line(out, "asked next", local_time(text(d, "ask_at")));
  add_attempts(out, d);
  if (!list(d, "timeline").empty()) out += "\nTimeline\n";
  for (const json& event : list(d, "timeline")) out += "  " + event_line(event) + '\n';
  add_next(out, d);
  return out;
}

}  // namespace messo::cli
