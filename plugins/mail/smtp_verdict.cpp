#include "mail/smtp_verdict.hpp"

#include <Poco/Exception.h>
#include <Poco/RegularExpression.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.hpp"

namespace messo::mail {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr unsigned bit(Stage stage) { return 1U << static_cast<unsigned>(stage); }
constexpr unsigned any_stage = ~0U;
constexpr unsigned before_mail =
    bit(Stage::connect) | bit(Stage::tls) | bit(Stage::banner) | bit(Stage::ehlo) | bit(Stage::starttls) | bit(Stage::auth);
constexpr unsigned at_mail = bit(Stage::mail);
constexpr unsigned at_rcpt = bit(Stage::rcpt);
constexpr unsigned at_end = bit(Stage::data) | bit(Stage::body) | bit(Stage::final_dot);

// One row: first that matches decides. `subject` < 0: whatever the enhanced code; otherwise one must be there with this subject and a
// detail within [detail_low, detail_high]. `word`: must occur in the text, compared in lower case.
struct Row {
  unsigned stages;
  std::uint16_t code_low, code_high;
  int subject, detail_low, detail_high;
  std::string_view word;
  ReplyClass klass;
};

constexpr int none = -1;
constexpr std::array rows{
    // The server closes or is overloaded (RFC 5321 §4.3.5, §3.8).
    Row{any_stage, 421, 421, none, 0, 0, "", ReplyClass::throttle},
    // Before any message: 4xx passes, 5xx is our account, host or configuration.
    Row{before_mail, 400, 499, none, 0, 0, "", ReplyClass::throttle},
    Row{before_mail, 500, 599, none, 0, 0, "", ReplyClass::account},
    // Authentication asked for or refused at any later command (RFC 4954 §6).
    Row{any_stage, 530, 530, none, 0, 0, "", ReplyClass::account},
    Row{any_stage, 535, 535, none, 0, 0, "", ReplyClass::account},
    Row{any_stage, 534, 534, none, 0, 0, "", ReplyClass::account},
    Row{any_stage, 538, 538, none, 0, 0, "", ReplyClass::account},
    Row{any_stage, 500, 599, 7, 8, 9, "", ReplyClass::account},
    // Rates.
    Row{any_stage, 400, 499, 7, 0, 0, "", ReplyClass::throttle},
    Row{any_stage, 400, 499, 7, 28, 28, "", ReplyClass::throttle},
    Row{any_stage, 400, 499, 5, 3, 3, "", ReplyClass::throttle},
    Row{any_stage, 400, 499, 2, 2, 2, "", ReplyClass::mailbox_full},
    Row{any_stage, 450, 452, none, 0, 0, "too many", ReplyClass::throttle},
    Row{any_stage, 450, 452, none, 0, 0, "too fast", ReplyClass::throttle},
    Row{any_stage, 450, 452, none, 0, 0, "rate limit", ReplyClass::throttle},
    Row{any_stage, 450, 452, none, 0, 0, "rate-limit", ReplyClass::throttle},
    Row{any_stage, 450, 452, none, 0, 0, "ratelimit", ReplyClass::throttle},
    Row{any_stage, 450, 452, none, 0, 0, "rate exceeded", ReplyClass::throttle},
    Row{any_stage, 450, 452, none, 0, 0, "sending rate", ReplyClass::throttle},
    Row{any_stage, 450, 452, none, 0, 0, "throttl", ReplyClass::throttle},
    Row{any_stage, 450, 452, none, 0, 0, "slow down", ReplyClass::throttle},
    Row{any_stage, 400, 499, none, 0, 0, "", ReplyClass::temporary},
    // Addresses that are no more: the registry of RFC 5248, and null MX (RFC 7505).
    Row{at_rcpt | at_end, 500, 599, 1, 1, 3, "", ReplyClass::address},
    Row{at_rcpt | at_end, 500, 599, 1, 6, 6, "", ReplyClass::address},
    Row{at_rcpt | at_end, 500, 599, 1, 10, 10, "", ReplyClass::address},
    Row{at_rcpt | at_end, 500, 599, 2, 1, 1, "", ReplyClass::address},
    Row{any_stage, 500, 599, 2, 2, 2, "", ReplyClass::mailbox_full},
    Row{any_stage, 500, 599, 2, 3, 3, "", ReplyClass::too_big},
    Row{any_stage, 500, 599, 3, 4, 4, "", ReplyClass::too_big},
    Row{any_stage, 500, 599, 3, 2, 2, "", ReplyClass::temporary},
    Row{any_stage, 500, 599, 7, 0, 999, "", ReplyClass::policy},
    // No enhanced code, or one that says nothing more.
    Row{at_mail | at_end, 552, 552, none, 0, 0, "", ReplyClass::too_big},
    Row{at_mail, 500, 504, none, 0, 0, "", ReplyClass::permanent},
    Row{at_mail, 555, 555, none, 0, 0, "", ReplyClass::permanent},
    Row{at_mail, 500, 599, none, 0, 0, "", ReplyClass::policy},
    Row{at_rcpt, 552, 552, none, 0, 0, "", ReplyClass::mailbox_full},
};

bool matches(const Row& row, Stage stage, const Reply& reply, const std::string& text) {
  if (!(row.stages & bit(stage)) || reply.code < row.code_low || reply.code > row.code_high) return false;
  if (row.subject != none) {
    if (!reply.enhanced || reply.enhanced->subject != row.subject) return false;
    if (reply.enhanced->detail < row.detail_low || reply.enhanced->detail > row.detail_high) return false;
  }
  return row.word.empty() || text.find(row.word) != std::string::npos;
}

// A refused recipient without an enhanced code is about the address (550, 551, 553 of RFC 5321 §4.2.3); with one that the table does
// not know, or as 554, it is about this message.
ReplyClass unlisted(Stage stage, const Reply& reply) {
  const bool about_address = reply.code == 550 || reply.code == 551 || reply.code == 553;
  return stage == Stage::rcpt && about_address && !reply.enhanced ? ReplyClass::address : ReplyClass::permanent;
}

std::string stable_code(const Reply& reply) {
  auto code = "smtp." + std::to_string(reply.code);
  if (reply.enhanced) code += '-' + reply.enhanced->to_string();
  return code;
}

// The server's words, line by line the enhanced code is repeated: only the text counts for people, so it goes as it is.
std::string private_words(Stage stage, const Reply& reply) {
  return std::string(to_string(stage)) + ": " + std::to_string(reply.code) + ' ' + mask_addresses(reply.text);
}

struct Meaning {
  Outcome outcome;
  Scope scope;
  milliseconds retry_after;
  bool costs_attempt;
  bool pauses_provider;
  std::string_view public_text;
};

Scope temporary_scope(Stage stage) {
  if (stage == Stage::rcpt) return Scope::destination;
  return stage >= Stage::data && stage <= Stage::final_dot ? Scope::message : Scope::provider;
}

// By ReplyClass. Of `temporary` the scope depends on the stage.
constexpr std::array meanings{
    Meaning{Outcome::sent, Scope::message, 0ms, true, false, "The mail server took the message."},
    Meaning{Outcome::try_later, Scope::provider, 60s, false, true, "The mail server asks to slow down; the message will be tried again."},
    Meaning{Outcome::try_later, Scope::provider, 5min, false, true,
            "The mail server does not accept this sender's account; an administrator must check it. The message waits."},
    Meaning{Outcome::try_later, Scope::provider, 15min, true, false,
            "The mail server refuses the sender of this message by its policy; an administrator must check it."},
    Meaning{Outcome::refused, Scope::destination, 0ms, true, false, "The mail address does not exist or is disabled."},
    Meaning{Outcome::try_later, Scope::destination, 1h, true, false, "The recipient's mailbox is full; the message will be tried again."},
    Meaning{Outcome::refused, Scope::message, 0ms, true, false, "The message is larger than the mail server accepts."},
    Meaning{Outcome::try_later, Scope::message, 0ms, true, false, "The mail server cannot take the message now; it will be tried again."},
    Meaning{Outcome::refused, Scope::message, 0ms, true, false, "The mail server refuses this message."},
};
static_assert(meanings.size() == static_cast<std::size_t>(ReplyClass::permanent) + 1);

Meaning meaning_of(ReplyClass klass, Stage stage) {
  auto meaning = meanings.at(static_cast<std::size_t>(klass));
  if (klass == ReplyClass::temporary) meaning.scope = temporary_scope(stage);
  return meaning;
}

struct FailureRow {
  Failure failure;
  std::string_view code;
  bool names_stage;
  ReplyClass klass;
  std::string_view public_text;  // empty: the class's own
};

constexpr std::array failures{
    FailureRow{Failure::connect_failed, "connect_failed", false, ReplyClass::throttle,
               "The mail server cannot be reached; the message will be tried again."},
    FailureRow{Failure::timeout, "timeout", true, ReplyClass::temporary,
               "The mail server did not answer in time; the message will be tried again."},
    FailureRow{Failure::closed, "closed", true, ReplyClass::temporary,
               "The mail server closed the connection; the message will be tried again."},
    FailureRow{Failure::protocol, "protocol", true, ReplyClass::temporary,
               "The mail server answered something that is not SMTP; the message will be tried again."},
    FailureRow{Failure::tls_failed, "tls_failed", false, ReplyClass::account,
               "No secure connection to the mail server; the message waits."},
    FailureRow{Failure::certificate_invalid, "certificate_invalid", false, ReplyClass::account,
               "The mail server's certificate is not valid; an administrator must check it. The message waits."},
    FailureRow{Failure::starttls_missing, "starttls_missing", false, ReplyClass::account,
               "The mail server offers no secure connection, which is required; the message waits."},
    FailureRow{Failure::auth_missing, "auth_missing", false, ReplyClass::account,
               "The mail server offers no usable way to sign in; an administrator must check it. The message waits."},
    FailureRow{Failure::not_loopback, "tls_required", false, ReplyClass::account,
               "An unprotected connection is allowed to this machine only; an administrator must set `tls`."},
    FailureRow{Failure::smtputf8_missing, "smtputf8_unsupported", false, ReplyClass::permanent,
               "The mail server cannot deliver to addresses with non-ASCII letters before the @."},
    FailureRow{Failure::eight_bit_missing, "8bitmime_unsupported", false, ReplyClass::permanent,
               "The mail server cannot take this message's 8-bit content."},
    FailureRow{Failure::too_big, "too_big", false, ReplyClass::too_big, {}},
    FailureRow{Failure::stopped, "stopped", true, ReplyClass::throttle,
               "Sending was stopped before this message's turn; it will be tried again."},
};

const FailureRow& row_of(Failure failure) { return *std::ranges::find(failures, failure, &FailureRow::failure); }

Verdict assemble(Stage stage, ReplyClass klass, std::string code, std::string private_text) {
  const auto meaning = meaning_of(klass, stage);
  Verdict verdict;
  verdict.outcome = meaning.outcome;
  verdict.scope = meaning.scope;
  verdict.klass = klass;
  verdict.stage = stage;
  verdict.retry_after = meaning.retry_after;
  verdict.costs_attempt = meaning.costs_attempt;
  verdict.pauses_provider = meaning.pauses_provider;
  verdict.code = std::move(code);
  verdict.public_text = meaning.public_text;
  verdict.private_text = std::move(private_text);
  return verdict;
}

// Patterns come from an administrator, texts from whoever runs the server: neither may hang a worker or exhaust its stack. pcrepattern(3),
// "Setting match resource limits"; the pattern itself can only lower them. They count from each byte of the
// text anew.
constexpr std::string_view kPatternLimits = "(*LIMIT_MATCH=5000)(*LIMIT_RECURSION=1000)";
constexpr std::size_t kPatternBytes = 200;
constexpr std::size_t kSearchedBytes = 512;

Result<std::shared_ptr<const Poco::RegularExpression>> compile(const std::string& pattern) {
  if (pattern.size() > kPatternBytes)
    return fail(ErrorKind::invalid, "bad_pattern", "a regular expression is over 200 bytes long: shorten it.");
  try {
    return std::make_shared<const Poco::RegularExpression>(std::string(kPatternLimits) + pattern, Poco::RegularExpression::RE_CASELESS);
  } catch (const Poco::Exception& error) {
    return fail(ErrorKind::invalid, "bad_pattern", "'" + pattern + "' is not a regular expression.", error.displayText());
  }
}

bool is_found(const Poco::RegularExpression& pattern, const std::string& text) {
  try {
    Poco::RegularExpression::Match where;
    return pattern.match(text, 0, where) > 0;
  } catch (const Poco::Exception&) {  // past its limits
    return false;
  }
}

void become_unknown(Verdict& verdict) {
  verdict.outcome = Outcome::unknown;
  verdict.costs_attempt = true;
  verdict.public_text = "The connection broke after the message was handed over; whether the mail server took it is not known.";
}

}  // namespace

std::string_view to_string(Stage stage) {
  static constexpr std::array<std::string_view, 13> names{"connect", "tls",  "banner", "ehlo",      "starttls", "auth", "mail",
                                                          "rcpt",    "data", "body",   "final_dot", "rset",     "quit"};
  return names[static_cast<std::size_t>(stage)];
}

std::string_view to_string(ReplyClass klass) {
  static constexpr std::array<std::string_view, 9> names{"accepted",     "throttle", "account",   "policy",   "address",
                                                         "mailbox_full", "too_big",  "temporary", "permanent"};
  return names[static_cast<std::size_t>(klass)];
}

Result<ReplyOverride> make_override(const std::string& pattern, std::string_view klass) {
  for (auto candidate = ReplyClass::throttle; candidate <= ReplyClass::permanent;
       candidate = static_cast<ReplyClass>(static_cast<int>(candidate) + 1)) {
    if (to_string(candidate) != klass) continue;
    auto compiled = compile(pattern);
    if (!compiled) return fail(std::move(compiled.error()));
    return ReplyOverride{std::move(*compiled), candidate};
  }
  return fail(ErrorKind::invalid, "bad_class", "'" + std::string(klass) + "' is not a class of replies.");
}

ReplyClass classify(Stage stage, const Reply& reply, const std::vector<ReplyOverride>& overrides) {
  if (reply.positive() || reply.intermediate()) return ReplyClass::accepted;
  if (!overrides.empty()) {
    const auto subject = (std::to_string(reply.code) + ' ' + reply.text).substr(0, kSearchedBytes);
    for (const auto& exception : overrides)
      if (is_found(*exception.pattern, subject)) return exception.klass;
  }
  const auto text = lower_case(reply.text.substr(0, kSearchedBytes));
  for (const auto& row : rows)
    if (matches(row, stage, reply, text)) return row.klass;
  return unlisted(stage, reply);
}

Verdict verdict_of(Stage stage, const Reply& reply, const std::vector<ReplyOverride>& overrides) {
  const auto klass = classify(stage, reply, overrides);
  return assemble(stage, klass, stable_code(reply), klass == ReplyClass::accepted ? std::string{} : private_words(stage, reply));
}

Verdict verdict_of(Stage stage, Failure failure, std::string_view detail) {
  const auto& row = row_of(failure);
  auto code = "smtp." + std::string(row.code);
  if (row.names_stage) code += '.' + std::string(to_string(stage));
  auto words = std::string(to_string(stage)) + ": " + std::string(row.code);
  if (!detail.empty()) words += " (" + mask_addresses(detail) + ')';
  auto verdict = assemble(stage, row.klass, std::move(code), std::move(words));
  if (!row.public_text.empty()) verdict.public_text = row.public_text;
  switch (failure) {
    case Failure::stopped:
      verdict.retry_after = 0ms;
      verdict.pauses_provider = false;
      if (stage == Stage::final_dot) become_unknown(verdict);
      break;
    case Failure::connect_failed: verdict.retry_after = 15s; break;
    case Failure::timeout:
    case Failure::closed:
    case Failure::protocol:
      verdict.scope = Scope::provider;
      if (stage == Stage::final_dot) {
        become_unknown(verdict);
      } else if (stage < Stage::mail) {
        // Nothing about a message is known here: the server is ill, and no message should pay for it.
        verdict.costs_attempt = false;
        verdict.pauses_provider = true;
        verdict.retry_after = 15s;
      }
      break;
    default: break;
  }
  return verdict;
}

std::string mask_addresses(std::string_view text) {
  std::string out;
  const auto in_local_part = [](char c) { return c != ' ' && c != '<' && c != '(' && c != ',' && c != ':' && c != '"' && c != '\n'; };
  for (const char c : text.substr(0, 300)) {
    if (c == '@') {
      if (out.ends_with('"')) {  // a quoted local part may hold blanks
        const auto open = out.rfind('"', out.size() - 2);
        out.resize(out.size() > 1 && open != std::string::npos ? open : 0);
      }
      while (!out.empty() && in_local_part(out.back())) out.pop_back();
      out += "***@";
    } else {
      out.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c);
    }
  }
  return out;
}

}  // namespace messo::mail
