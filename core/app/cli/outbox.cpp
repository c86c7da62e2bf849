#include <ostream>
#include <set>

#include "app/cli/add_command.hpp"
#include "app/cli/kept_message.hpp"
#include "app/cli/text_layout.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct OutboxOptions {
  std::string id, folder;
  std::size_t limit = 20;
  bool raw = false;
};

// Where test mode keeps messages: what its providers say, and the one for test keys beside them.
Result<std::vector<fs::path>> folders(Session& session, const OutboxOptions& o) {
  if (!o.folder.empty()) return std::vector{fs::path(o.folder)};
  auto answer = session.api().call({.path = "/v1/admin/providers"});
  if (!answer) return fail(std::move(answer.error()));
  std::set<fs::path> out;
  for (const json& provider : list(answer->body, "items")) {
    if (text(provider, "plugin") != "outbox" || !provider.contains("config")) continue;
    const fs::path folder = text(provider["config"], "directory");
    out.insert(folder);
    out.insert(folder.parent_path() / "test");
  }
  return std::vector<fs::path>(out.begin(), out.end());
}

Status unreadable_if_forbidden(const std::vector<fs::path>& where) {
  for (const auto& folder : where) {
    std::error_code problem;
    const fs::directory_iterator first(folder, problem);
    if (problem == std::errc::permission_denied) {
      return fail(ErrorKind::forbidden, "forbidden",
                  "the folder " + folder.string() + " may be read only by the daemon's user: run this as that user or as root");
    }
  }
  return {};
}

json to_json(const KeptMessage& m) {
  return {{"delivery", m.delivery}, {"channel", m.channel},         {"date", m.date}, {"from", m.from},         {"to", m.to},
          {"subject", m.subject},   {"attachments", m.attachments}, {"body", m.body}, {"file", m.file.string()}};
}

Status print(Session& session, const OutboxOptions& o) {
  const auto where = folders(session, o);
  if (!where) return fail(Error(where.error()));
  if (auto allowed = unreadable_if_forbidden(*where); !allowed) return allowed;
  const auto files = kept_files(*where);
  Table table({"DELIVERY", "CHANNEL", "TO", "SUBJECT"});
  json all = json::array();
  for (const auto& file : files) {
    if (all.size() == o.limit) break;
    const auto message = read_kept_message(file, false);
    if (!message) continue;  // removed or half gone meanwhile
    all.push_back(to_json(*message));
    table.add({message->delivery, message->channel, clip(message->to, 40), clip(message->subject, 60)});
  }
  if (session.printed_json({{"items", all}})) return {};
  if (table.empty()) {
    session.out << "The outbox is empty: nothing was sent in test mode.\n";
  } else {
    session.out << table.to_text() << (files.size() > o.limit ? "There are more: raise --limit.\n" : "")
                << "Read one with: messo outbox show DELIVERY\n";
  }
  return {};
}

// By the delivery's id, or by the notification's: the daemon knows its deliveries.
Result<fs::path> find(Session& session, const std::vector<fs::path>& where, const std::string& id) {
  std::set<std::string> wanted{id};
  if (auto answer = session.api().call({.path = "/v1/notifications/" + percent_encode(id)})) {
    for (const json& step : list(answer->body, "steps")) {
      for (const json& delivery : list(step, "deliveries")) wanted.insert(text(delivery, "id"));
    }
  }
  for (const auto& file : kept_files(where)) {
    if (wanted.contains(file.stem().string())) return file;
  }
  return fail(ErrorKind::not_found, "not_found",
              "no kept message is named " + id + ": `messo outbox list` shows them; one that was really sent is not kept");
}

Status show(Session& session, const OutboxOptions& o) {
  const auto where = folders(session, o);
  if (!where) return fail(Error(where.error()));
  if (auto allowed = unreadable_if_forbidden(*where); !allowed) return allowed;
  const auto file = find(session, *where, o.id);
  if (!file) return fail(Error(file.error()));
  if (o.raw) {
    const auto bytes = read_input(file->string());
    if (!bytes) return fail(Error(bytes.error()));
    session.out << *bytes;
    return {};
  }
  const auto message = read_kept_message(*file, true);
  if (!message) return fail(Error(message.error()));
  if (session.printed_json(to_json(*message))) return {};
  const std::pair<const char*, std::string> head[] = {
      {"Channel", message->channel}, {"Date", message->date}, {"From", message->from}, {"To", message->to}, {"Subject", message->subject}};
  for (const auto& [name, value] : head) {
    if (!value.empty()) session.out << name << ": " << plain(value) << '\n';
  }
  for (const auto& name : message->attachments) session.out << "Attached: " << plain(name) << '\n';
  session.out << '\n' << message->body << (message->body.ends_with('\n') ? "" : "\n");
  return {};
}

}  // namespace

void add_outbox(CLI::App& app, Session& session) {
  auto o = std::make_shared<OutboxOptions>();
  auto& outbox = add_group(app, "outbox", "Messages that test mode kept instead of sending");
  outbox.add_option("--folder", o->folder, "Where they are; asked of the daemon when not given");
  add_command(outbox, "list", "Kept messages, newest first", session, o, &print)
      ->add_option("--limit", o->limit, "How many at most")
      ->capture_default_str();
  auto* s = add_command(outbox, "show", "One message as its recipient would read it", session, o, &show);
  s->add_option("ID", o->id, "Id of the delivery or of the notification")->required();
  s->add_flag("--raw", o->raw, "The file byte for byte");
}

}  // namespace messo::cli
