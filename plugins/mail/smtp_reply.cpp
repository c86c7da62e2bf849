#include "mail/smtp_reply.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.hpp"

namespace messo::mail {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes one word off the front of `text`.
std::string_view take_word(std::string_view& text) {
  const auto start = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(start);
  const auto end = std::min(text.find_first_of(" \t"), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

// One to three digits at the front of `text` (RFC 3463 §2), or nullopt.
std::optional<std::uint16_t> take_number(std::string_view& text) {
  std::size_t digits = 0;
  std::uint16_t value = 0;
  while (digits < text.size() && is_digit(text[digits])) {
    if (++digits > 3) return {};
    value = static_cast<std::uint16_t>(value * 10 + (text[digits - 1] - '0'));
  }
  if (digits == 0) return {};
  text.remove_prefix(digits);
  return value;
}

bool take_dot(std::string_view& text) {
  if (text.empty() || text.front() != '.') return false;
  text.remove_prefix(1);
  return true;
}

void read_auth(std::string_view mechanisms, Capabilities& found) {
  for (auto name = take_word(mechanisms); !name.empty(); name = take_word(mechanisms)) {
    if (equal_ignoring_case(name, "PLAIN")) found.auth_plain = true;
    if (equal_ignoring_case(name, "LOGIN")) found.auth_login = true;
    if (equal_ignoring_case(name, "XOAUTH2")) found.auth_xoauth2 = true;
  }
}

void read_size(std::string_view argument, Capabilities& found) {
  const auto word = take_word(argument);
  std::uint64_t limit = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), limit);
  found.size = true;
  if (error == std::errc{} && end == word.data() + word.size()) found.max_size = limit;
}

void read_keyword(std::string_view line, Capabilities& found) {
  struct Flag {
    std::string_view keyword;
    bool Capabilities::*member;
  };
  static constexpr std::array flags{
      Flag{"PIPELINING", &Capabilities::pipelining}, Flag{"8BITMIME", &Capabilities::eight_bit_mime},
      Flag{"SMTPUTF8", &Capabilities::smtputf8},     Flag{"DSN", &Capabilities::dsn},
      Flag{"STARTTLS", &Capabilities::starttls},     Flag{"ENHANCEDSTATUSCODES", &Capabilities::enhanced_status_codes}};
  auto keyword = take_word(line);
  for (const auto& flag : flags)
    if (equal_ignoring_case(keyword, flag.keyword)) found.*flag.member = true;
  if (equal_ignoring_case(keyword, "SIZE")) read_size(line, found);
  if (equal_ignoring_case(keyword, "AUTH")) read_auth(line, found);
  // The form of servers older than RFC 2554: "AUTH=PLAIN LOGIN".
  if (keyword.size() > 5 && equal_ignoring_case(keyword.substr(0, 5), "AUTH=")) {
    read_auth(keyword.substr(5), found);
    read_auth(line, found);
  }
}

}  // namespace

std::string EnhancedCode::to_string() const { return std::to_string(klass) + '.' + std::to_string(subject) + '.' + std::to_string(detail); }

std::optional<EnhancedCode> parse_enhanced_code(std::string_view text, std::string_view* rest) {
  const auto klass = take_number(text);
  if (!klass || (*klass != 2 && *klass != 4 && *klass != 5) || !take_dot(text)) return {};
  const auto subject = take_number(text);
  if (!subject || !take_dot(text)) return {};
  const auto detail = take_number(text);
  if (!detail || (!text.empty() && text.front() != ' ' && text.front() != '\t' && text.front() != '\n')) return {};
  if (rest) *rest = text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
  return EnhancedCode{static_cast<std::uint8_t>(*klass), *subject, *detail};
}

std::string_view to_string(ReplyFault fault) {
  switch (fault) {
    case ReplyFault::none: return "none";
    case ReplyFault::malformed: return "malformed reply";
    case ReplyFault::line_too_long: return "reply line too long";
    case ReplyFault::too_many_lines: return "too many reply lines";
    case ReplyFault::too_large: return "reply too large";
  }
  return "none";
}

std::size_t ReplyParser::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && !ready_ && fault_ == ReplyFault::none) {
    const auto rest = bytes.substr(used);
    const auto end = rest.find('\n');
    const auto piece = rest.substr(0, end == std::string_view::npos ? rest.size() : end + 1);
    if (line_.size() + piece.size() > max_line) {
      fault_ = ReplyFault::line_too_long;
      break;
    }
    line_.append(piece);
    used += piece.size();
    if (end != std::string_view::npos) take_line();
  }
  return used;
}

void ReplyParser::take_line() {
  std::string_view line = line_;
  line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  bytes_ += line_.size();
  if (++lines_ > max_lines) fault_ = ReplyFault::too_many_lines;
  if (bytes_ > max_reply) fault_ = ReplyFault::too_large;
  if (line.size() < 3 || line[0] < '2' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2]) ||
      (line.size() > 3 && line[3] != ' ' && line[3] != '-')) {
    fault_ = fault_ == ReplyFault::none ? ReplyFault::malformed : fault_;
  }
  if (fault_ != ReplyFault::none) return;
  const auto code = static_cast<std::uint16_t>((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
  if (lines_ > 1 && code != reply_.code) {
    fault_ = ReplyFault::malformed;
    return;
  }
  reply_.code = code;
  const bool last = line.size() == 3 || line[3] == ' ';
  std::string_view text = line.size() > 4 ? line.substr(4) : std::string_view{};
  if (lines_ == 1) {
    reply_.enhanced = parse_enhanced_code(text);
    if (reply_.enhanced && reply_.enhanced->klass != code / 100) reply_.enhanced.reset();
  } else {
    reply_.text.push_back('\n');
  }
  for (const char c : text) reply_.text.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c);
  line_.clear();
  ready_ = last;
}

std::optional<Reply> ReplyParser::next() {
  if (!ready_ || fault_ != ReplyFault::none) return {};
  std::optional<Reply> whole(std::move(reply_));
  reset();
  return whole;
}

void ReplyParser::reset() {
  line_.clear();
  reply_ = Reply{};
  lines_ = 0;
  bytes_ = 0;
  ready_ = false;
  fault_ = ReplyFault::none;
}

Capabilities parse_capabilities(const Reply& ehlo) {
  Capabilities found;
  std::string_view text = ehlo.text;
  for (bool greeting = true; !text.empty(); greeting = false) {
    const auto end = std::min(text.find('\n'), text.size());
    if (!greeting) read_keyword(text.substr(0, end), found);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

}  // namespace messo::mail
