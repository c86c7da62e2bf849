#include <ostream>

#include "app/cli/add_command.hpp"
#include "app/cli/text_layout.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;

struct UsageOptions {
  std::string organisation;
  unsigned days = 1;
};

std::string of_budget(const json& row, const char* left, const char* budget) {
  return row.contains(budget) ? text(row, left) + " of " + text(row, budget) : "";
}

Status print_usage(Session& session, const UsageOptions& o) {
  auto answer = session.api().call(
      {.path = "/v1/admin/usage", .query = {{"organisation", o.organisation}, {"days", o.days == 1 ? "" : std::to_string(o.days)}}});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  Table table({"DAY", "PAYER", "SEGMENTS", "LEFT", "EUR", "LEFT"});
  for (const json& row : list(answer->body, "items")) {
    table.add({text(row, "day"), text(row, "payer"), text(row, "segments"), of_budget(row, "segments_left", "segments_budget"),
               text(row, "cost"), of_budget(row, "cost_left", "cost_budget")});
  }
  session.out << (table.empty() ? "No SMS was sent, and nobody has a budget for them.\n" : table.to_text());
  return {};
}

}  // namespace

void add_usage(CLI::App& app, Session& session) {
  auto o = std::make_shared<UsageOptions>();
  auto* command = add_command(app, "usage", "What SMS took of the day's budgets", session, o, &print_usage);
  command->add_option("--organisation", o->organisation, "Only this organisation and its services");
  command->add_option("--days", o->days, "So many days up to today")->check(CLI::Range(1, 92));
}

}  // namespace messo::cli
