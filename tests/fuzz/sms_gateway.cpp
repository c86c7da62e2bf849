// links: messo_sms_http_parts
// SMS gateways over HTTP: what they answer, what they call with, and the descriptions that say how to read both. The first byte chooses.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sms_http/callback.hpp"
#include "sms_http/verdict.hpp"

namespace {

using namespace messo;
using namespace messo::sms_http;

// Generic: calls in JSON; skebby: forms; vonage: lists in answers.
const std::vector<Settings>& all_settings() {
  static const std::vector<Settings> all = [] {
    std::vector<Settings> out;
    for (const char* config : {R"({"gateway": "generic", "password": "p", "receipts": true, "callback_secret": "s"})",
                               R"({"gateway": "skebby", "account": "a", "password": "p"})", R"({"gateway": "vonage", "account": "a"})"}) {
      auto settings = read_settings(config);
      if (!settings) std::abort();
      out.push_back(std::move(*settings));
    }
    out[0].description.callback->proof = CallbackShape::Proof::address;  // a fuzzer finds no signature
    return out;
  }();
  return all;
}

void check(const plugin::Outcome& outcome) {
  if (outcome.kind < MESSO_SENT || outcome.kind > MESSO_UNKNOWN || outcome.code.empty()) std::abort();
  for (const auto& reference : outcome.references) {
    if (reference.value.empty() || reference.value.size() > 255) std::abort();
  }
}

void answers(std::string_view body) {
  for (const auto& settings : all_settings()) {
    for (const long status : {200L, 201L, 400L, 503L}) {
      check(verdict_of(settings.description, {status, std::string(body), false, {}}, {true, "ref"}).outcome);
    }
  }
}

void calls(std::string_view input) {
  const auto line = input.find('\n');
  plugin::TakesReceiptCalls::Call call{};
  call.method = "POST";
  call.query = input.substr(0, line);
  call.headers_json = "{}";
  if (line != std::string_view::npos) call.body = input.substr(line + 1);
  for (const auto& settings : all_settings()) {
    const auto answer = take_call(settings, call, 0);
    if (answer.status != 200 && answer.status != 204 && !answer.receipts.empty()) std::abort();
    for (const auto& receipt : answer.receipts) {
      if (receipt.verification != MESSO_NOT_CHECKED || receipt.dedupe_key.size() > 200 || receipt.references.empty()) std::abort();
    }
  }
}

void description(std::string_view toml) {
  const auto read = read_description(toml, "fuzz");
  if (!read) {
    if (read.error().message.empty()) std::abort();
    return;
  }
  const Values hostile{{"text", "\"}\\\n{{to}}"}, {"to", "+39"}, {"sender", "A\r\nB"}};
  (void)read->send.path.render(hostile);
  for (const auto& field : read->send.form) (void)field.value.render(hostile);
  if (read->send.json) (void)read->send.json->render(hostile);
  check(verdict_of(*read, {200, R"({"id": "1", "status": "OK"})", false, {}}, {true, "ref"}).outcome);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.empty()) return 0;
  if (input[0] == 'a') answers(input.substr(1));
  if (input[0] == 'c') calls(input.substr(1));
  if (input[0] == 'd') description(input.substr(1));
  return 0;
}
