#include "flaky_receipts.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

namespace flaky {
namespace {

using messo::plugin::Receipt;
using nlohmann::json;

constexpr std::pair<std::string_view, messo_verification> kVerificationWords[] = {{"valid", MESSO_VALID},
                                                                                  {"untrusted", MESSO_UNTRUSTED},
                                                                                  {"expired", MESSO_EXPIRED},
                                                                                  {"not_checked", MESSO_NOT_CHECKED},
                                                                                  {"invalid", MESSO_INVALID}};
constexpr std::pair<std::string_view, messo_milestone> kMilestoneWords[] = {
    {"accepted", MESSO_MILESTONE_ACCEPTED}, {"warning_12h", MESSO_MILESTONE_WARNING_12H}, {"read", MESSO_MILESTONE_READ},
    {"paid", MESSO_MILESTONE_PAID},         {"delayed", MESSO_MILESTONE_DELAYED},         {"complained", MESSO_MILESTONE_COMPLAINED}};

template <class T, std::size_t n>
T word(const std::pair<std::string_view, T> (&table)[n], const std::string& text) {
  for (const auto& [name, value] : table) {
    if (name == text) return value;
  }
  throw std::runtime_error("the script says \"" + text + "\", which is no word of it");
}

// A call's body may be anybody's: what is nested without end would overflow the stack of whoever copies or prints it.
json parse_strangers(std::string_view text) {
  return json::parse(text, [](int depth, json::parse_event_t, const json&) {
    if (depth > 32) throw std::runtime_error("the body is nested too deep");
    return true;
  });
}

// One line of a mailbox, one element of a call.
std::vector<Receipt> read_receipts(const json& line) {
  const std::string what = line.at("do").get<std::string>();
  if (what == "nothing") return {};
  if (what == "corrupt") throw std::runtime_error("the item is corrupt");
  Receipt out;
  out.kind = what == "delivered" ? MESSO_RECEIPT_DELIVERED : what == "undelivered" ? MESSO_RECEIPT_UNDELIVERED : MESSO_RECEIPT_MILESTONE;
  if (what == "milestone") out.milestone = word(kMilestoneWords, line.value("milestone", "read"));
  out.verification = word(kVerificationWords, line.value("verification", "valid"));
  out.at_ms = line.value("at_ms", std::int64_t{0});
  if (what != "invalid") out.dedupe_key = line.value("key", line.value("id", "") + "/" + what);
  out.code = "flaky." + what;
  out.raw = line.value("raw", line.dump());
  if (line.contains("learned_ref")) {
    out.references.push_back({"flaky_learned", line.at("learned_ref").get<std::string>(), 0});
  } else if (!line.value("unreferenced", false)) {
    out.references.push_back({"flaky_id", line.value("ref", ""), 0});
  }
  if (line.contains("learns")) out.learned.push_back({"flaky_learned", line.at("learns").get<std::string>(), 0});
  if (line.value("scope", "message") == "destination") out.scope = MESSO_SCOPE_DESTINATION;
  return {out};
}

}  // namespace

ScriptedReceipts::ScriptedReceipts(std::string_view config_json) {
  const json tree = json::parse(config_json);
  for (const json& one : tree.value("mailboxes", json::array())) {
    files_.push_back({{one.at("name").get<std::string>(), std::chrono::milliseconds(one.value("every_ms", std::int64_t{0}))},
                      one.at("file").get<std::string>()});
  }
  password_ = tree.value("password", "");
}

std::vector<ScriptedReceipts::Mailbox> ScriptedReceipts::mailboxes() {
  std::vector<Mailbox> out;
  out.reserve(files_.size());
  for (const File& file : files_) out.push_back(file.mailbox);
  return out;
}

const ScriptedReceipts::File& ScriptedReceipts::file_of(std::string_view mailbox) const {
  for (const File& file : files_) {
    if (file.mailbox.name == mailbox) return file;
  }
  throw std::runtime_error("there is no such mailbox");
}

void ScriptedReceipts::hang(std::int64_t ms) {
  std::unique_lock<std::mutex> hold(mutex_);
  wake_.wait_for(hold, std::chrono::milliseconds(ms), [this] { return stopped_; });
}

void ScriptedReceipts::stop_receipts() {
  const std::lock_guard<std::mutex> hold(mutex_);
  stopped_ = true;
  wake_.notify_all();
}

ScriptedReceipts::Page ScriptedReceipts::poll(const Request& request) {
  const std::size_t first = request.cursor.empty() ? 0 : std::stoul(std::string(request.cursor));
  Page page;
  std::size_t taken = 0, at = 0;
  std::ifstream in(file_of(request.mailbox).path);
  for (std::string line; std::getline(in, line); ++at) {
    const json item = json::parse(line);
    const std::string id = item.at("id").get<std::string>();
    const bool again = std::find(request.again.begin(), request.again.end(), id) != request.again.end();
    if (at < first && !again) continue;
    if (at >= first && taken == request.limit) {
      page.more = true;
      break;
    }
    if (at >= first) ++taken;
    const std::string what = item.at("do").get<std::string>();
    if (what == "throw") throw std::runtime_error("the script says so");
    if (what == "hang") hang(item.value("ms", std::int64_t{600'000}));
    page.items.push_back(read_item(id, line, "flaky.corrupt", [&](std::string_view) { return read_receipts(item); }));
  }
  page.cursor = std::to_string(first + taken);
  return page;
}

void ScriptedReceipts::ack(std::string_view mailbox, const std::vector<std::string_view>& ids, std::chrono::milliseconds) {
  std::ofstream out(file_of(mailbox).path + ".acked", std::ios::app);
  for (const std::string_view id : ids) out << std::string(id) + "\n";
}

ScriptedReceipts::Answer ScriptedReceipts::on_request(const Call& call) {
  const json headers = json::parse(call.headers_json);
  Answer answer;
  if (!password_.empty() && headers.value("x-flaky-password", "") != password_) {
    answer.status = 403;
    answer.body = "wrong password\n";
    return answer;
  }
  const json body = parse_strangers(call.body);
  for (const json& item : body.is_array() ? body : json::array({body})) {
    const std::string what = item.at("do").get<std::string>();
    if (what == "throw") throw std::runtime_error("the script says so");
    if (what == "hang") hang(item.value("ms", std::int64_t{600'000}));
    for (Receipt& one : read_receipts(item)) answer.receipts.push_back(std::move(one));
  }
  answer.status = 200;
  answer.body = "taken: " + std::to_string(answer.receipts.size()) + "\n";
  return answer;
}

}  // namespace flaky
