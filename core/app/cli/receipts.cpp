#include <fstream>
#include <ostream>

#include "app/cli/add_command.hpp"
#include "app/cli/text_layout.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;

struct ReceiptOptions {
  std::string provider, id, file;
  bool unmatched = false;
  unsigned limit = 50;
};

constexpr auto kQuarantinePath = "/v1/admin/receipts/quarantine";

Status list_receipts(Session& session, const ReceiptOptions& o) {
  auto answer = session.api().call(
      {.path = "/v1/admin/receipts",
       .query = {{"unmatched", o.unmatched ? "true" : ""}, {"provider", o.provider}, {"limit", std::to_string(o.limit)}}});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  Table table({"ID", "RECEIVED", "PROVIDER", "SAYS", "VERIFICATION", "CODE", "NOTIFICATION", "WAITS FOR"});
  for (const json& r : list(answer->body, "items")) {
    std::string waits;
    for (const json& reference : list(r, "references"))
      waits += (waits.empty() ? "" : ", ") + text(reference, "kind") + " " + text(reference, "value");
    table.add({text(r, "id"), local_time(text(r, "received_at")), text(r, "provider"),
               text(r, "milestone").empty() ? text(r, "kind") : text(r, "milestone"),
               text(r, "verification") + (flag(r, "settles") ? "" : ", settles nothing"), text(r, "code"), text(r, "notification"),
               clip(waits, 80)});
  }
  session.out << (table.empty() ? o.unmatched ? "There is none: every receipt found its delivery.\n" : "There is none.\n"
                                : table.to_text());
  return {};
}

Status list_items(Session& session, const ReceiptOptions& o) {
  auto answer = session.api().call({.path = kQuarantinePath, .query = {{"provider", o.provider}, {"limit", std::to_string(o.limit)}}});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  Table table({"ID", "PROVIDER", "MAILBOX", "TRIES", "LAST", "REASON", "PROBLEM"});
  for (const json& item : list(answer->body, "items")) {
    table.add({text(item, "id"), text(item, "provider"), text(item, "mailbox"), text(item, "tries"), local_time(text(item, "last_at")),
               text(item, "reason"), text(item, "problem")});
  }
  session.out << (table.empty() ? "There is none: everything fetched could be read.\n" : table.to_text());
  return {};
}

Status save(Session& session, const std::string& bytes, const std::string& file) {
  std::ofstream out(file, std::ios::binary);
  out << bytes;
  if (!out.flush()) return fail(ErrorKind::unavailable, "cannot_write", "cannot write " + file + ": check the folder and its rights");
  session.out << bytes.size() << " bytes written to " << file << '\n';
  return {};
}

Status save_raw(Session& session, const ReceiptOptions& o) {
  auto answer = session.api().call({.path = std::string(kQuarantinePath) + '/' + percent_encode(o.id) + "/raw"});
  return answer ? save(session, answer->text, o.file) : fail(std::move(answer.error()));
}

Status original(Session& session, const ReceiptOptions& o) {
  auto answer = session.api().call({.path = "/v1/admin/receipts/" + percent_encode(o.id) + "/original"});
  if (!answer) return fail(std::move(answer.error()));
  if (!o.file.empty()) return save(session, answer->text, o.file);
  session.out << answer->text << std::flush;
  return {};
}

Status show_item(Session& session, const ReceiptOptions& o) {
  if (!o.file.empty()) return save_raw(session, o);
  auto answer = session.api().call({.path = std::string(kQuarantinePath) + '/' + percent_encode(o.id)});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  const json& item = answer->body;
  session.out << text(item, "id") << "  " << plain(text(item, "reason")) << ": " << plain(text(item, "problem")) << '\n';
  for (const char* name : {"provider", "mailbox", "item", "tries", "size"}) {
    session.out << "  " << name << std::string(10 - std::string_view(name).size(), ' ') << plain(text(item, name)) << '\n';
  }
  session.out << "  first     " << local_time(text(item, "first_at")) << "\n  last      " << local_time(text(item, "last_at")) << '\n';
  if (flag(item, "kept")) session.out << "Its bytes: messo receipts quarantine show " << o.id << " --raw FILE\n";
  return {};
}

Status decide_item(Session& session, const ReceiptOptions& o, const char* verb, std::string_view done) {
  auto answer = session.api().call({.method = "POST", .path = std::string(kQuarantinePath) + '/' + percent_encode(o.id) + '/' + verb});
  if (!answer) return fail(std::move(answer.error()));
  if (!session.printed_json(answer->body)) session.out << done << '\n';
  return {};
}

Status retry_item(Session& session, const ReceiptOptions& o) {
  return decide_item(session, o, "retry", "It is fetched again at the next poll.");
}
Status drop_item(Session& session, const ReceiptOptions& o) { return decide_item(session, o, "drop", "Dropped."); }

Status list_boxes(Session& session, const ReceiptOptions&) {
  auto answer = session.api().call({.path = "/v1/admin/mailboxes"});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  Table table({"PROVIDER", "MAILBOX", "STATE", "LAST POLLED", "ITEMS", "FAILURES", "PROBLEM"});
  for (const json& box : list(answer->body, "items")) {
    table.add({text(box, "provider"), text(box, "mailbox"), text(box, "state"), local_time(text(box, "last_success")), text(box, "items"),
               text(box, "failures"), text(box, "problem")});
  }
  session.out << (table.empty() ? "There is none: no provider's plugin fetches receipts.\n" : table.to_text());
  return {};
}

void filter(CLI::App* command, ReceiptOptions& o) {
  command->add_option("--provider", o.provider, "Only of this provider");
  command->add_option("--limit", o.limit, "At most so many")->check(CLI::Range(1, 500))->capture_default_str();
}

void add_quarantine(CLI::App& receipts, Session& session, const std::shared_ptr<ReceiptOptions>& o) {
  auto& quarantine = add_group(receipts, "quarantine", "Items of mailboxes that could not be read");
  filter(add_command(quarantine, "list", "Items that wait for a decision", session, o, &list_items), *o);
  const auto with_id = [&](const char* name, const char* about, Status (*body)(Session&, const ReceiptOptions&)) {
    auto* command = add_command(quarantine, name, about, session, o, body);
    command->add_option("ID", o->id, "Id of the item, as `messo receipts quarantine list` shows it")->required();
    return command;
  };
  with_id("show", "One item", &show_item)->add_option("--raw", o->file, "Writes its bytes to this file");
  with_id("retry", "Has it fetched again, for instance after an update of the plugin", &retry_item);
  with_id("drop", "Gives it up: the provider's copy is acknowledged", &drop_item);
}

}  // namespace

void add_receipts(CLI::App& app, Session& session) {
  auto o = std::make_shared<ReceiptOptions>();
  auto& receipts = add_group(app, "receipts", "What came back later from providers");
  auto* l = add_command(receipts, "list", "The newest receipts", session, o, &list_receipts);
  l->add_flag("--unmatched", o->unmatched, "Only those that belong to no delivery");
  filter(l, *o);
  auto* bytes = add_command(receipts, "original", "A receipt's original, byte for byte", session, o, &original);
  bytes->add_option("ID", o->id, "Id of the receipt, as `messo receipts list` shows it")->required();
  bytes->add_option("-o,--output", o->file, "Write it to this file rather than to standard output");
  add_command(receipts, "mailboxes", "Mailboxes that receipts are fetched from, and how they are", session, o, &list_boxes);
  add_quarantine(receipts, session, o);
}

}  // namespace messo::cli
