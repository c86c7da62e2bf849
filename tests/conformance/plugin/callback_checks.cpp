// receipts.callback/1, and polls and calls beside other work.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "channel/receipt_calls.hpp"
#include "extension_checks.hpp"

namespace messo::conformance {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto kHangs = 10s;  // the hub gives a call up after that

struct Called {
  CheckHost* host = nullptr;
  std::string method = "POST", path = "/v1/callbacks/check", query, headers = "{}", body, address = "192.0.2.7", url;

  std::int32_t code = MESSO_E_INTERNAL;
  std::set<std::string> keys;  // of its receipts
  std::size_t receipts = 0, valid = 0;
  std::uint32_t status = 204;
  std::size_t body_size = 0;
  int answers = 0;
  char room[512] = {};
  messo_buffer error{room, sizeof room, 0};
};

messo_str str_of(const std::string& text) { return {text.data(), text.size()}; }

// Null when it did not come back. `name` says which call it is, in the sentences.
std::shared_ptr<Called> call_once(ExtensionCheck& of, const messo_receipts_callback_v1& table, const std::string& name, Called given) {
  auto run = std::make_shared<Called>(std::move(given));
  run->host = &of.one.host();
  run->error.ptr = run->room;
  const auto complain = [&](std::string sentence) { of.broken.push_back(name + ": " + std::move(sentence)); };
  const bool back = call_within(kHangs, "on_request() on " + name, of.one, of.broken, [run, &table, raw = of.one.raw()] {
    const messo_http_request request{sizeof(messo_http_request),
                                     0,
                                     str_of(run->method),
                                     str_of(run->path),
                                     str_of(run->query),
                                     str_of(run->headers),
                                     str_of(run->body),
                                     str_of(run->address),
                                     str_of(run->url)};
    const messo_callback_sink sink{sizeof(messo_callback_sink), 0, run.get(),
                                   [](void* ctx, const messo_receipt* receipt) -> std::int32_t {
                                     auto& to = *static_cast<Called*>(ctx);
                                     ++to.receipts;
                                     const auto read = to.host->inspect(receipt);
                                     if (!read) return MESSO_E_INVALID;
                                     to.keys.insert(read->dedupe_key);
                                     to.valid += read->verification == Verification::valid;
                                     return MESSO_OK;
                                   },
                                   [](void* ctx, std::uint32_t status, messo_str, messo_str body) {
                                     auto& to = *static_cast<Called*>(ctx);
                                     ++to.answers;
                                     to.status = status;
                                     to.body_size = body.len;
                                   }};
    run->code = table.on_request(raw, &request, &sink, &run->error);
  });
  if (!back) return nullptr;
  if (run->code != MESSO_OK) run->status = 500;
  if (run->code != MESSO_OK && run->error.len == 0) complain("on_request() failed without a sentence for the operator");
  if (run->error.len > run->error.capacity) complain("it wrote beyond the room for its sentence");
  if (run->status < 200 || run->status > 599) complain(fmt::format("the status {} is none: 200 to 599", run->status));
  if (run->answers > 1) complain("it answered more than once");
  if (run->body_size > ReceiptCalls::kMostAnswer) complain("its answer is over 64 KiB and will be cut");
  if (run->receipts > ReceiptCalls::kMostReceipts) complain("it gives over 1000 receipts for one call");
  return run;
}

Called with_body(std::string body) {
  Called out;
  out.headers = R"({"content-type": "application/json", "content-length": ")" + std::to_string(body.size()) + "\"}";
  out.body = std::move(body);
  return out;
}

std::vector<std::pair<std::string, Called>> odd_calls() {
  std::vector<std::pair<std::string, Called>> out;
  out.emplace_back("an empty call", Called{});
  out.emplace_back("bytes that are no text", with_body(std::string("\xff\xfe\x00{\x80", 5)));
  out.emplace_back("half a JSON text", with_body(R"({"id": "1", "status": "DELIV)"));
  out.emplace_back("JSON of other types than expected",
                   with_body(R"([null, 17, "x", {"id": {}, "ref": [1], "status": 1e999, "do": null}])"));
  out.emplace_back("JSON 100,000 deep", with_body(std::string(100'000, '[') + std::string(100'000, ']')));
  out.emplace_back("a mebibyte without end", with_body(std::string(1 << 20, 'A')));
  out.emplace_back("XML with entities within entities",
                   with_body("<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c "
                             "\"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]><a>&c;</a>"));
  Called get;
  get.method = "GET";
  get.query = "%ZZ&=&a=%00&" + std::string(8000, 'q');
  out.emplace_back("GET with a query that is none", get);
  Called strange;
  strange.method = "BREW";
  strange.path = "/v1/callbacks/x/../../%2e%2e/" + std::string(2000, 'p');
  strange.headers = R"({"x-signature": "", "authorization": "Bearer ", "content-type": "multipart/form-data; boundary="})";
  out.emplace_back("an unheard-of method with empty signatures", strange);
  return out;
}

Called recorded(const json& call) {
  Called out;
  out.method = call.value("method", "POST");
  out.path = call.value("path", out.path);
  out.query = call.value("query", "");
  out.headers = call.value("headers", json::object()).dump();
  out.url = call.value("url", "");
  const auto body = call.find("body");
  if (body != call.end()) out.body = body->is_string() ? body->get<std::string>() : body->dump();
  return out;
}

// A call as the provider made it: believed, the same the second time, and not without its headers and query.
void check_recorded(ExtensionCheck& of, const messo_receipts_callback_v1& table) {
  const auto first = call_once(of, table, "the recorded call", recorded(of.options.call));
  if (first == nullptr) return;
  of.notes.push_back(fmt::format("the recorded call: {} receipts, answered {}", first->receipts, first->status));
  if (first->status >= 300)
    return of.broken.push_back(
        fmt::format("the recorded call was answered {}: does its signature belong to this configuration?", first->status));
  const auto second = call_once(of, table, "the recorded call, again", recorded(of.options.call));
  if (second == nullptr) return;
  if (second->status >= 300)
    of.broken.push_back("the same call is refused the second time: the provider repeats it when our answer was lost");
  if (second->keys != first->keys)
    of.broken.push_back(
        "the same call gives other dedupe keys the second time: make them of what the provider says, not of time or chance");
  auto bare = recorded(of.options.call);
  bare.headers = "{}", bare.query.clear(), bare.url.clear();
  const auto stranger = call_once(of, table, "the recorded call without headers and query", bare);
  if (stranger != nullptr && stranger->valid > 0)
    of.broken.push_back("it calls receipts VALID that came without headers and query: anybody could have sent them");
}

}  // namespace

void check_callback(ExtensionCheck& of, const messo_receipts_callback_v1& table) {
  std::map<std::uint32_t, int> statuses;
  for (const auto& [name, call] : odd_calls()) {
    const auto first = call_once(of, table, name, call), second = call_once(of, table, name + ", repeated", call);
    if (first == nullptr || second == nullptr) return;
    ++statuses[first->status];
    if (first->receipts > 0) of.broken.push_back(name + ": it made a receipt of it");
    if (second->keys != first->keys || second->status != first->status)
      of.broken.push_back(fmt::format("{}: answered {} first and {} when it was repeated", name, first->status, second->status));
  }
  std::string said;
  for (const auto& [status, count] : statuses) said += fmt::format("{}{} times {}", said.empty() ? "" : ", ", count, status);
  of.notes.push_back("odd calls were answered: " + said);
  if (statuses.contains(500)) of.notes.push_back("a call answered 500 is made again and again by many providers: 400 ends it");
  if (of.options.call.is_object()) {
    check_recorded(of, table);
  } else {
    of.notes.push_back("give a recorded call with --call FILE to check that it is believed, and twice the same");
  }
}

void call_beside(ExtensionCheck& of) {
  poll_beside(of);
  const auto* table = static_cast<const messo_receipts_callback_v1*>(of.one.table().extension("receipts.callback/1"));
  if (table == nullptr || of.one.left_behind()) return;
  call_once(of, *table, "a call beside submit()", of.options.call.is_object() ? recorded(of.options.call) : Called{});
}

}  // namespace messo::conformance
