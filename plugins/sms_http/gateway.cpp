#include "sms_http/gateway.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "base/hash.hpp"
#include "base/percent.hpp"
#include "sms/text.hpp"

namespace messo::sms_http {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kAfterRefusal = 2s;

std::string number_as(NumberFormat format, std::string_view e164) {
  if (!e164.starts_with('+')) return std::string(e164);
  switch (format) {
    case NumberFormat::plus: return std::string(e164);
    case NumberFormat::digits: return std::string(e164.substr(1));
    case NumberFormat::zeros: return "00" + std::string(e164.substr(1));
  }
  return std::string(e164);
}

std::string encoded_pairs(const std::vector<RequestField>& fields, const Values& values) {
  std::string out;
  for (const auto& field : fields) {
    const auto value = field.value.render(values);
    if (value.empty()) continue;
    out += (out.empty() ? "" : "&") + percent_encode(field.name) + "=" + percent_encode(value);
  }
  return out;
}

// A value that came from outside must not become a header of its own.
std::string one_line(std::string text) {
  std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 127; });
  return text;
}

void add_headers(const std::vector<RequestField>& fields, const Values& values, std::vector<std::string>& out) {
  for (const auto& field : fields) {
    const auto value = one_line(field.value.render(values));
    if (!value.empty()) out.push_back(field.name + ": " + value);
  }
}

bool names_header(const std::vector<std::string>& headers, std::string_view name) {
  return std::ranges::any_of(headers, [&](std::string_view one) { return equal_ignoring_case(one.substr(0, one.find(':')), name); });
}

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

// "-12.3450": what a gateway may say of money.
bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.size() <= 12 && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  const auto point = text.find('.');
  return digits(text.substr(0, point)) && (point == std::string_view::npos || digits(text.substr(point + 1)));
}

// The description makes no request of this message: its [send] json is no JSON with these values.
struct NoRequest {};

Gateway::Millis left_of(SteadyClock::time_point deadline) {
  return std::chrono::duration_cast<Gateway::Millis>(deadline - SteadyClock::now());
}

}  // namespace

Gateway::Gateway(const Settings& settings) : settings_(settings), http_(settings.http) {}

// The end of a UUIDv7, for its beginning is the time and alike for many.
std::string Gateway::reference_of(const std::uint8_t (&delivery)[16], std::size_t length) {
  const auto hex = to_hex(as_text(delivery));
  return hex.substr(hex.size() - std::min(length, hex.size()));
}

Values Gateway::values_of(const ShortMessage& message) const {
  const auto& description = settings_.description;
  const auto measured = sms::measure(message.text, sms::Policy::unicode);
  const bool short_alphabet = measured.encoding == sms::Encoding::gsm7;
  Values out = settings_.values;
  out["to"] = number_as(description.numbers, message.to);
  out["text"] = message.text;
  out["sender"] = number_as(description.numbers, message.sender.empty() ? settings_.sender : message.sender);
  out["reference"] = message.reference;
  out["callback_url"] = settings_.expects_receipts() ? settings_.callback_url : "";
  out[short_alphabet ? "gsm7" : "ucs2"] = "1";
  out["segments"] = std::to_string(measured.segments);
  out["validity_seconds"] = std::to_string(std::clamp(message.validity_seconds, description.least_validity, description.most_validity));
  return out;
}

HttpRequest Gateway::request_of(const RequestShape& shape, const Values& values, bool authenticated) const {
  HttpRequest out;
  out.method = shape.method;
  out.url = settings_.base_url + shape.path.render(values);
  if (const auto query = encoded_pairs(shape.query, values); !query.empty()) {
    out.url += (out.url.find('?') == std::string::npos ? "?" : "&") + query;
  }
  add_headers(shape.headers, values, out.headers);
  if (authenticated) add_headers(settings_.description.headers, values, out.headers);
  const auto& username = authenticated ? settings_.description.username : shape.username;
  const auto& password = authenticated ? settings_.description.password : shape.password;
  if (username && password)
    out.headers.push_back("Authorization: Basic " + to_base64(username->render(values) + ":" + password->render(values)));
  const auto typed = [&](const char* type) {
    if (!names_header(out.headers, "content-type")) out.headers.push_back(std::string("Content-Type: ") + type);
  };
  if (shape.json) {
    // Written anew, so that what goes out is JSON in UTF-8 whatever the description's layout.
    const auto tree = nlohmann::json::parse(shape.json->render(values), nullptr, false);
    if (tree.is_discarded()) throw NoRequest{};
    out.body = tree.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    typed("application/json");
  } else if (shape.method != "GET") {
    out.body = encoded_pairs(shape.form, values);
    if (!shape.form.empty()) typed("application/x-www-form-urlencoded");
  }
  return out;
}

tl::expected<Gateway::Session, Verdict> Gateway::sign_in(Deadline deadline) {
  const SignIn& how = *settings_.description.sign_in;
  const auto refuse = [this](Verdict verdict) {
    refused_ = {SteadyClock::now() + kAfterRefusal, verdict};
    return tl::unexpected(std::move(verdict));
  };
  const auto reply = http_.run(request_of(how.request, settings_.values, false), left_of(deadline));
  if (!reply) {
    auto failure = reply.error();
    failure.may_have_it = false;  // signing in sends no message
    return refuse(verdict_of(failure));
  }
  if (reply->status < 200 || reply->status >= 300 || reply->cut) return refuse(sign_in_failed(*reply));
  const auto found = how.answer.read(reply->body);
  Session made;
  for (const auto& name : how.answer.names()) {
    if (found) made.found[name] = first_of(*found, name);
    if (made.found[name].empty()) return refuse(sign_in_failed(*reply));
  }
  made.number = ++sign_ins_;
  refused_.reset();
  return made;
}

// `not_this`: the number of a session the gateway no longer takes.
tl::expected<Gateway::Session, Verdict> Gateway::session(Deadline deadline, std::uint64_t not_this) {
  if (!settings_.description.sign_in) return Session{};
  const std::scoped_lock hold(mutex_);
  const auto idle = settings_.description.sign_in->idle;
  const bool stale = idle.count() > 0 && SteadyClock::now() - last_use_ > idle;
  if (session_.number == 0 || session_.number == not_this || stale) {
    session_ = {};
    if (refused_ && SteadyClock::now() < refused_->first) return tl::unexpected(refused_->second);
    auto made = sign_in(deadline);
    if (!made) return made;
    session_ = std::move(*made);
  }
  last_use_ = SteadyClock::now();
  return session_;
}

tl::expected<HttpReply, Verdict> Gateway::ask(const RequestShape& shape, Values values, Deadline deadline) {
  std::uint64_t not_this = 0;
  for (int time = 0;; ++time) {
    const auto session = this->session(deadline, not_this);
    if (!session) return tl::unexpected(session.error());
    for (const auto& [name, value] : session->found) values[name] = value;
    auto reply = http_.run(request_of(shape, values, true), left_of(deadline));
    if (!reply) return tl::unexpected(verdict_of(reply.error()));
    if (reply->status != 401 || !settings_.description.sign_in || time > 0) return std::move(*reply);
    not_this = session->number;
  }
}

Verdict Gateway::send(const ShortMessage& message, Millis limit) {
  const auto& description = settings_.description;
  try {
    const Accepted accepted{settings_.expects_receipts(), settings_.told_by_reference() ? message.reference : std::string()};
    const auto reply = ask(description.send, values_of(message), SteadyClock::now() + limit);
    Verdict verdict = reply ? verdict_of(description, *reply, accepted) : reply.error();
    // A call of the gateway may settle the doubt yet.
    if (verdict.outcome.kind == MESSO_UNKNOWN && !accepted.reference.empty()) {
      verdict.outcome.references.push_back({"client-ref", accepted.reference, 0});
    }
    return verdict;
  } catch (const NoRequest&) {
    Verdict out;
    out.outcome = plugin::refused("sms_http.no_request", "The message does not fit the description of the provider.");
    out.outcome.private_text = "[send] json is no JSON with the values of this message; mend the description";
    return out;
  }
}

Gateway::Answer Gateway::check(Millis limit) {
  const auto& description = settings_.description;
  const auto deadline = SteadyClock::now() + limit;
  if (!description.check) {
    const auto session = this->session(deadline, 0);
    if (!session) return {false, session.error().reason.empty() ? session.error().outcome.public_text : session.error().reason};
    if (description.sign_in) return {true, "The gateway signs us in."};
    return {true, "The description has no [check]; nothing was tried."};
  }
  const auto reply = ask(*description.check, settings_.values, deadline);
  if (!reply) {
    const Verdict& why = reply.error();
    return {false, (why.reason.empty() ? why.outcome.public_text : why.reason) +
                       (why.outcome.private_text.empty() ? "" : " (" + why.outcome.private_text + ")")};
  }
  if (reply->status >= 200 && reply->status < 300) return {true, "The gateway takes the account."};
  return {false, "The gateway answers HTTP " + std::to_string(reply->status) + ": check account, password and base_url."};
}

Result<Gateway::Credit> Gateway::balance(Millis limit) {
  const auto& shape = settings_.description.balance;
  if (!shape) return fail(ErrorKind::not_found, "no_balance", "The description of this gateway has no [balance].");
  const auto reply = ask(shape->request, settings_.values, SteadyClock::now() + limit);
  if (!reply) return fail(ErrorKind::unavailable, "no_answer", "The gateway does not answer: " + reply.error().outcome.public_text);
  if (reply->status < 200 || reply->status >= 300)
    return fail(ErrorKind::unavailable, "refused",
                "The gateway answers HTTP " + std::to_string(reply->status) + " when asked for the balance.");
  const auto found = reply->cut ? std::nullopt : shape->answer.read(reply->body);
  Credit out;
  if (found) {
    if (const auto amount = first_of(*found, "amount"); is_decimal(amount)) out.amount = amount;
    if (const auto currency = first_of(*found, "currency"); currency.size() == 3 && std::ranges::all_of(currency, is_capital))
      out.currency = currency;
    if (const auto messages = first_of(*found, "messages");
        !messages.empty() && messages.size() < 18 && std::ranges::all_of(messages, [](char c) { return c >= '0' && c <= '9'; }))
      out.messages = std::stoull(messages);
  }
  if (out.currency.empty()) out.currency = shape->currency;
  if (out.amount.empty() && !out.messages) return fail(ErrorKind::unavailable, "unreadable", "The gateway's answer names no balance.");
  return out;
}

}  // namespace messo::sms_http
