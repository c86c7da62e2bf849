#include <array>
#include <charconv>
#include <utility>

#include "peers/smtp_peer.hpp"

namespace messo::peers {
namespace {

constexpr std::array stages{
    std::pair{std::string_view("connect"), SmtpStage::connect}, std::pair{std::string_view("banner"), SmtpStage::banner},
    std::pair{std::string_view("ehlo"), SmtpStage::ehlo},       std::pair{std::string_view("starttls"), SmtpStage::starttls},
    std::pair{std::string_view("tls"), SmtpStage::tls},         std::pair{std::string_view("auth"), SmtpStage::auth},
    std::pair{std::string_view("mail"), SmtpStage::mail},       std::pair{std::string_view("rcpt"), SmtpStage::rcpt},
    std::pair{std::string_view("data"), SmtpStage::data},       std::pair{std::string_view("body"), SmtpStage::body},
    std::pair{std::string_view("final"), SmtpStage::final},     std::pair{std::string_view("rset"), SmtpStage::rset},
    std::pair{std::string_view("quit"), SmtpStage::quit},       std::pair{std::string_view("any"), SmtpStage::any}};

constexpr std::array actions{std::pair{std::string_view("reply"), SmtpAction::reply},
                             std::pair{std::string_view("drop"), SmtpAction::drop},
                             std::pair{std::string_view("lose"), SmtpAction::lose},
                             std::pair{std::string_view("reset"), SmtpAction::reset},
                             std::pair{std::string_view("reply-drop"), SmtpAction::reply_drop},
                             std::pair{std::string_view("reply-then-drop"), SmtpAction::reply_then},
                             std::pair{std::string_view("hang"), SmtpAction::hang},
                             std::pair{std::string_view("delay"), SmtpAction::delay},
                             std::pair{std::string_view("drip"), SmtpAction::drip},
                             std::pair{std::string_view("garbage"), SmtpAction::garbage},
                             std::pair{std::string_view("overlong"), SmtpAction::overlong},
                             std::pair{std::string_view("endless"), SmtpAction::endless}};

template <class Table, class Value>
bool look_up(const Table& table, std::string_view name, Value& value) {
  for (const auto& [key, found] : table) {
    if (key != name) continue;
    value = found;
    return true;
  }
  return false;
}

template <class Number>
bool read_number(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

// Takes "<mark><number>" off the end of `text`, when it is there.
template <class Number>
void take_suffix(std::string_view& text, char mark, Number& value) {
  const auto at = text.rfind(mark);
  if (at == std::string_view::npos || !read_number(text.substr(at + 1), value)) return;
  text = text.substr(0, at);
}

}  // namespace

std::optional<SmtpRule> SmtpRule::parse(std::string_view text) {
  SmtpRule rule;
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return {};
  auto stage = text.substr(0, equals);
  auto rest = text.substr(equals + 1);
  if (const auto open = stage.find('['); open != std::string_view::npos && stage.ends_with(']')) {
    rule.match = stage.substr(open + 1, stage.size() - open - 2);
    stage = stage.substr(0, open);
  }
  take_suffix(rest, '+', rule.after);
  take_suffix(rest, '*', rule.times);
  take_suffix(rest, '%', rule.percent);
  const auto colon = rest.find(':');
  if (!look_up(stages, stage, rule.stage) || !look_up(actions, rest.substr(0, colon), rule.action)) return {};
  if (colon == std::string_view::npos) return rule;
  const auto argument = rest.substr(colon + 1);
  if (rule.action == SmtpAction::reply || rule.action == SmtpAction::reply_then)
    rule.argument = argument;
  else if (!read_number(argument, rule.amount))
    return {};
  return rule;
}

}  // namespace messo::peers
