// links: messo_mail
// A mail server's replies are hostile input: however they are cut and whatever they hold, the parser stays within its bounds, gives the
// same replies, and every reply has a verdict whose public text holds none of the server's words.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "mail/smtp_reply.hpp"
#include "mail/smtp_verdict.hpp"

namespace {

using namespace messo::mail;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Parsed {
  std::vector<Reply> replies;
  ReplyFault fault = ReplyFault::none;
};

// Feeds `bytes` in pieces of at most `piece` bytes.
Parsed parse(std::string_view bytes, std::size_t piece) {
  Parsed out;
  ReplyParser parser;
  while (!bytes.empty()) {
    auto part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    while (!part.empty()) {
      const auto used = parser.feed(part);
      part.remove_prefix(used);
      out.fault = parser.fault();
      if (out.fault != ReplyFault::none) return out;
      if (auto reply = parser.next()) {
        out.replies.push_back(std::move(*reply));
      } else {
        require(part.empty());
      }
    }
  }
  return out;
}

void check(const Reply& reply) {
  require(reply.code >= 200 && reply.code <= 599);
  require(reply.text.size() <= ReplyParser::max_reply);
  require(!reply.enhanced || reply.enhanced->klass == reply.code / 100);
  parse_capabilities(reply);
  for (auto stage = Stage::connect; stage <= Stage::quit; stage = static_cast<Stage>(static_cast<int>(stage) + 1)) {
    const auto verdict = verdict_of(stage, reply);
    require(verdict.outcome != Outcome::unknown);
    require(verdict.sent() == (reply.code < 400));
    require(verdict.code.starts_with("smtp."));
    require(verdict.public_text.size() < 200);
    require(verdict.private_text.size() < 1300);
    require(verdict.private_text.find('\n') == std::string::npos);
    require(!verdict.pauses_provider || verdict.retry_after.count() > 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto overrides = [] {
    std::vector<ReplyOverride> list;
    list.push_back(std::move(*make_override("troppi invii|quota [0-9]+", "throttle")));
    return list;
  }();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = parse(bytes, SIZE_MAX);
  const auto cut = parse(bytes, size > 0 ? data[0] % 17 + 1 : 1);
  require(whole.replies.size() == cut.replies.size() && whole.fault == cut.fault);
  for (std::size_t i = 0; i < whole.replies.size(); ++i) {
    require(whole.replies[i].code == cut.replies[i].code && whole.replies[i].text == cut.replies[i].text);
    if (i > 20) continue;  // more of the same only slows the search
    check(whole.replies[i]);
    require(classify(Stage::rcpt, whole.replies[i], overrides) <= ReplyClass::permanent);
  }
  return 0;
}
