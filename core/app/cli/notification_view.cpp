#include "app/cli/notification_view.hpp"

#include "app/cli/session.hpp"
#include "app/cli/text_layout.hpp"
#include "model/delivery_state.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;

std::string padded(const std::string& text, std::size_t width) {
  const auto used = display_width(text);
  return used < width ? text + std::string(width - used, ' ') : text;
}

void add_field(std::string& out, const std::string& name, const std::string& value) {
  if (!value.empty()) out += "  " + padded(name, 12) + plain(value) + '\n';
}

std::string recipient_text(const json& recipient) {
  std::string out = text(recipient, "name");
  for (const char* channel : {"pec", "email", "phone", "fiscal_code"}) {
    const std::string value = text(recipient, channel);
    if (!value.empty()) out += (out.empty() ? "" : ", ") + value;
  }
  return out;
}

std::string details_text(const json& details) {
  std::string out;
  if (!details.is_object()) return out;
  for (const auto& [name, value] : details.items()) {
    out += (out.empty() ? "" : " ") + name + '=' + (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return out;
}

void add_steps(std::string& out, const json& steps) {
  for (const json& step : steps) {
    out += "  " + std::to_string(number(step, "position") + 1) + ". " + text(step, "channel") + ": " + text(step, "state") + '\n';
    for (const json& delivery : list(step, "deliveries")) {
      out += "     delivery " + text(delivery, "phase") + (text(delivery, "result") == "open" ? "" : ", " + text(delivery, "result")) +
             (flag(delivery, "disputed") ? ", receipts contradict each other" : "") + '\n';
      if (text(delivery, "phase") == "scheduled") out += "     not before " + local_time(text(delivery, "due_at")) + '\n';
      for (const json& attempt : list(delivery, "attempts")) {
        const std::string outcome = text(attempt, "outcome").empty() ? "no answer yet" : text(attempt, "outcome");
        const std::string reason = text(attempt, "reason");
        out += "     " + local_time(text(attempt, "leased_at")) + "  " + text(attempt, "provider") + "  " + outcome +
               (reason.empty() ? "" : " (" + plain(reason) + ')') +
               (text(attempt, "text").empty() ? "" : ": " + plain(text(attempt, "text"))) + '\n';
      }
    }
  }
}

}  // namespace

std::string event_line(const json& event) {
  std::string out = local_time(text(event, "at")) + "  " + padded(text(event, "kind"), 17) + padded(text(event, "status"), 17) +
                    plain(details_text(event.is_object() && event.contains("details") ? event["details"] : json()));
  out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

std::string status_meaning(const std::string& status) {
  constexpr std::pair<std::string_view, std::string_view> kMeanings[] = {
      {"queued", "waiting to be sent, or for the next try"},
      {"awaiting_receipt", "the provider took it, the receipt is awaited"},
      {"in_doubt", "may have gone out, nobody knows; `messo doubt show ID` says what to do"},
      {"sent", "the provider took it; this channel gives no further receipt"},
      {"delivered", "a receipt says it arrived"},
      {"undelivered", "a receipt says it did not arrive"},
      {"no_outcome", "its receipt never came"},
      {"refused", "never left: see the last attempt"},
      {"expired", "its time passed before it could leave"},
      {"cancelled", "withdrawn before it left"},
      {"suppressed", "not sent to this address"},
      {"simulated", "TEST MODE: kept as a file, nobody got anything (messo outbox list)"},
  };
  for (const auto& [name, meaning] : kMeanings) {
    if (name == status) return std::string(meaning);
  }
  return {};
}

bool is_final_status(const std::string& status) {
  const auto known = parse_notification_status(status);
  return known && is_final(*known);
}
bool is_bad_end(const std::string& status) {
  return status == "undelivered" || status == "no_outcome" || status == "refused" || status == "expired" || status == "suppressed";
}

std::string notification_text(const json& n) {
  std::string out = text(n, "id") + "  " + text(n, "status") + '\n';
  add_field(out, "", status_meaning(text(n, "status")));
  add_field(out, "template",
            text(n, "template") + (text(n, "version").empty() ? "" : " v" + text(n, "version")) + ", " + text(n, "language") + ", " +
                text(n, "class") + ", " + text(n, "priority"));
  add_field(out, "service", text(n, "organisation") + '/' + text(n, "service") + (text(n, "mode") == "test" ? " (test key)" : ""));
  add_field(out, "to",
            text(n, "content") == "removed" ? "(personal data was removed)"
                                            : recipient_text(n.contains("recipient") ? n["recipient"] : json::object()));
  add_field(out, "reference", text(n, "reference"));
  add_field(out, "protocol", text(n, "protocol"));
  add_field(out, "case", text(n, "case"));
  add_field(out, "accepted", local_time(text(n, "accepted_at")));
  add_field(out, "not before", local_time(text(n, "send_at")));
  add_field(out, "ended", local_time(text(n, "ended_at")));
  out += "\nSteps\n";
  add_steps(out, list(n, "steps"));
  out += "\nTimeline\n";
  for (const json& event : list(n, "timeline")) out += "  " + event_line(event) + '\n';
  return out;
}

}  // namespace messo::cli
