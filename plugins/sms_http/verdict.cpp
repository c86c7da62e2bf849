#include "sms_http/verdict.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace messo::sms_http {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Means = AnswerRule::Means;

constexpr milliseconds kThrottlePause{5'000}, kAccountPause{300'000};
constexpr std::size_t kLongestWords = 200, kLongestReference = 200;

struct Meaning {
  Means means = Means::refused;
  bool address = false;
  std::string code;
  milliseconds pause{0};
};

bool among(const std::vector<std::string>& list, const Found& found, std::string_view name) {
  if (list.empty()) return true;
  const auto at = found.find(name);
  return at != found.end() && std::ranges::any_of(at->second, [&](const auto& value) { return std::ranges::count(list, value) > 0; });
}

bool holds(const AnswerRule& rule, long status, const Found& found) {
  const auto within = [status](const auto& range) { return status >= range.first && status <= range.second; };
  if (!rule.http.empty() && std::ranges::none_of(rule.http, within)) return false;
  if (!among(rule.status, found, "status") || !among(rule.error, found, "error")) return false;
  return !rule.text || is_found(*rule.text, first_of(found, "text"));
}

// HTTP's own meaning (RFC 9110 §15): what nobody described.
Means meaning_of_status(long status) {
  if (status >= 200 && status < 300) return Means::accepted;
  if (status < 400 || status == 401 || status == 402 || status == 403 || status == 404 || status == 405 || status == 410)
    return Means::account;
  if (status == 408 || status == 425 || status == 503) return Means::try_later;
  if (status == 429) return Means::throttled;
  return status == 409 || status >= 500 ? Means::unknown : Means::refused;
}

std::string account_sentence(long status) {
  const auto said = "the gateway answers HTTP " + std::to_string(status) + ": ";
  if (status == 402) return said + "there is no credit; charge the account";
  if (status == 401 || status == 403) return said + "it refuses the account; check account and password";
  if ((status >= 300 && status < 400) || status == 404 || status == 405 || status == 410)
    return said + "nothing is served at this address; check base_url and the description";
  return said + "it refuses the account or its credit is used up; see the log, the account and its credit";
}

Verdict account_verdict(std::string code, long status, milliseconds pause) {
  Verdict out;
  out.outcome = plugin::try_later(std::move(code), "The provider refuses the account; the message goes out later.")
                    .about(MESSO_SCOPE_PROVIDER)
                    .slow_down();
  out.pause = pause.count() > 0 ? pause : kAccountPause;
  out.reason = account_sentence(status);
  return out;
}

std::vector<plugin::Reference> references_of(const Found& found, const Accepted& accepted) {
  std::vector<plugin::Reference> out;
  if (const auto ids = found.find("id"); ids != found.end()) {
    std::uint32_t part = 0;
    for (const auto& id : ids->second) {
      if (!id.empty() && id.size() <= kLongestReference) out.push_back({"sms-id", id, part++});
    }
  }
  if (!accepted.reference.empty() && out.size() <= 1) out.push_back({"client-ref", accepted.reference, 0});
  return out;
}

plugin::Outcome accepted_outcome(const Description& description, const Found& found, const Accepted& accepted, std::string code) {
  auto references = references_of(found, accepted);
  const bool has_id = found.contains("id");
  if (!has_id && description.answer.names("id") && accepted.reference.empty())
    return plugin::unknown("sms_http.unreadable_answer", "The provider's answer could not be read; the message may be on its way.");
  if (accepted.expects_receipts && !references.empty()) return plugin::pending(std::move(references), std::move(code));
  auto out = plugin::sent(std::move(code));
  out.references = std::move(references);
  return out;
}

Verdict verdict_for(const Meaning& meaning, const Description& description, const HttpReply& reply, const Found& found,
                    const Accepted& accepted) {
  const auto code = "sms_http." + (meaning.code.empty() ? "http_" + std::to_string(reply.status) : meaning.code);
  Verdict out;
  switch (meaning.means) {
    case Means::accepted:
      out.outcome = accepted_outcome(description, found, accepted, meaning.code.empty() ? "sms_http.accepted" : code);
      break;
    case Means::try_later: out.outcome = plugin::try_later(code, "The provider cannot take the message now."); break;
    case Means::throttled:
      out.pause = reply.retry_after.value_or(meaning.pause.count() > 0 ? meaning.pause : kThrottlePause);
      out.reason = "the gateway asks to slow down; lower connections or the provider's rate if it goes on";
      out.outcome = plugin::try_later(code, "The provider asks to slow down.").about(MESSO_SCOPE_PROVIDER).slow_down();
      break;
    case Means::refused:
      out.outcome = plugin::refused(code, meaning.address ? "The provider refuses the number." : "The provider refuses the message.");
      break;
    case Means::account: out = account_verdict(code, reply.status, meaning.pause); break;
    case Means::unknown: out.outcome = plugin::unknown(code, "The provider failed; the message may be on its way."); break;
  }
  if (meaning.address) out.outcome.scope = MESSO_SCOPE_DESTINATION;
  if (meaning.means == Means::try_later && reply.status == 503) out.outcome.scope = MESSO_SCOPE_PROVIDER;
  if (reply.retry_after && (meaning.means == Means::try_later || meaning.means == Means::throttled)) {
    out.outcome.retry_after_ms = reply.retry_after->count();
  }
  return out;
}

// Some parts of a long message were taken and others not, it seems.
bool disagree(const Found& found) {
  const auto status = found.find("status");
  return status != found.end() && std::ranges::adjacent_find(status->second, std::not_equal_to<>()) != status->second.end();
}

}  // namespace

std::string masked(std::string_view text) {
  static const re2::RE2 numbers("[0-9][0-9 .-]{4,}[0-9]");
  std::string out(text.substr(0, 1024));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 127) c = ' ';
  }
  re2::RE2::GlobalReplace(&out, numbers, "***");
  if (out.size() > kLongestWords) {
    std::size_t end = kLongestWords;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
    out.resize(end);
  }
  return out;
}

Verdict verdict_of(const Description& description, const HttpReply& reply, const Accepted& accepted) {
  const auto read = reply.cut ? std::nullopt : description.answer.read(reply.body);
  const Found found = read.value_or(Found{});
  Meaning meaning{meaning_of_status(reply.status), false, {}, {}};
  for (const AnswerRule& rule : description.rules) {
    if (!holds(rule, reply.status, found)) continue;
    meaning = {rule.means, rule.about == AnswerRule::About::address, rule.code, rule.pause};
    break;
  }
  Verdict out;
  if (disagree(found)) {
    out.outcome = plugin::unknown("sms_http.taken_in_part", "The provider took a part of the message only.");
  } else if (meaning.means == Means::accepted && !read) {
    out.outcome = plugin::unknown("sms_http.unreadable_answer", "The provider's answer could not be read; the message may be on its way.");
  } else {
    out = verdict_for(meaning, description, reply, found, accepted);
  }
  if (out.outcome.kind != MESSO_PENDING && out.outcome.kind != MESSO_SENT) {
    std::string words = "HTTP " + std::to_string(reply.status);
    if (const auto error = first_of(found, "error"); !error.empty()) words += ", error " + error.substr(0, 40);
    if (const auto text = first_of(found, "text"); !text.empty()) words += ": " + masked(text);
    if (reply.cut) words += ", the answer is not whole";
    out.outcome.private_text = std::move(words);
  }
  return out;
}

Verdict verdict_of(const HttpFailure& failure) {
  using What = HttpFailure::What;
  Verdict out;
  if (failure.may_have_it) {
    out.outcome = plugin::unknown(failure.what == What::timeout ? "sms_http.no_answer" : "sms_http.cut",
                                  "The provider did not answer; the message may be on its way.");
  } else if (failure.what == What::certificate) {
    out.outcome =
        plugin::try_later("sms_http.certificate", "The provider is not reachable securely.").about(MESSO_SCOPE_PROVIDER).slow_down();
    out.pause = kAccountPause;
    out.reason = "the gateway's certificate is not valid; check base_url and ca_file";
  } else if (failure.what == What::interrupted) {
    out.outcome = plugin::given_back("sms_http.stopping", "The provider is being stopped; the message goes out later.");
  } else {
    out.outcome = plugin::try_later("sms_http.unreachable", "The provider is not reachable.").about(MESSO_SCOPE_PROVIDER);
  }
  out.outcome.private_text = masked(failure.detail);
  return out;
}

Verdict sign_in_failed(const HttpReply& reply) {
  Verdict out;
  if (reply.status == 429 || reply.status >= 500 || reply.status == 408) {
    out.outcome = plugin::try_later("sms_http.sign_in_failed", "The provider does not let us sign in now.").about(MESSO_SCOPE_PROVIDER);
    if (reply.status == 429) {
      out.outcome.throttled = true;
      out.pause = reply.retry_after.value_or(kThrottlePause);
      out.reason = "the gateway asks to sign in less often";
    }
  } else {
    out = account_verdict("sms_http.account_refused", reply.status >= 300 ? 401 : reply.status, {});
    out.reason = reply.status < 300
                     ? "the gateway's answer to signing in is not what its description says; check the description"
                     : "the gateway refuses to sign us in with HTTP " + std::to_string(reply.status) + "; check account and password";
  }
  out.outcome.private_text = "signing in: HTTP " + std::to_string(reply.status);
  return out;
}

}  // namespace messo::sms_http
