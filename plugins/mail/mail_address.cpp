#include "mail/mail_address.hpp"

#include <idn2.h>

#include <algorithm>
#include <memory>

#include "base/ascii.hpp"
#include "base/eight_bytes.hpp"
#include "base/freed_by.hpp"
#include "base/utf8.hpp"

namespace messo::mail {
namespace {

tl::unexpected<Error> bad(std::string why) { return fail(ErrorKind::invalid, "bad_address", std::move(why)); }

// RFC 5322 §3.2.3 atext, and any non-ASCII character (RFC 6532 §3.2).
bool is_atext(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x80) return true;
  if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
  return std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_dot_string(std::string_view text) {
  bool after_dot = true;
  for (const char c : text) {
    if (c == '.' ? after_dot : !is_atext(c)) return false;
    after_dot = c == '.';
  }
  return !after_dot;
}

// RFC 5321 §4.1.2 Quoted-string.
bool is_quoted_string(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f || text[i] == '"') return false;
    if (text[i] == '\\' && (++i == text.size() || static_cast<unsigned char>(text[i]) < 0x20 || static_cast<unsigned char>(text[i]) > 0x7e))
      return false;
  }
  return true;
}

bool is_ldh_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '_'; });
}

std::string_view trim(std::string_view text) {
  const auto start = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(start);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string unquote(std::string_view name) {
  if (name.size() < 2 || name.front() != '"' || name.back() != '"') return std::string(name);
  std::string out;
  name = name.substr(1, name.size() - 2);
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '\\' && i + 1 < name.size()) ++i;
    out.push_back(name[i]);
  }
  return out;
}

// How many bytes at the front are ASCII; eight at a time, since whole messages go through here.
std::size_t ascii_prefix(std::string_view text) {
  std::size_t i = 0;
  while (i + EightBytes::size <= text.size() && EightBytes(text.data() + i).beyond_ascii() == 0) i += EightBytes::size;
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) ++i;
  return i;
}

}  // namespace

bool is_ascii(std::string_view text) { return ascii_prefix(text) == text.size(); }

bool is_utf8(std::string_view text) {
  for (std::size_t i = ascii_prefix(text); i < text.size(); i += ascii_prefix(text.substr(i))) {
    const auto character = code_point_at(text, i);
    if (character.length == 0) return false;
    i += character.length;
  }
  return true;
}

bool MailAddress::needs_smtputf8() const { return !is_ascii(local); }

Result<std::string> to_ascii_domain(std::string_view domain) {
  std::string ascii;
  if (is_ascii(domain)) {
    ascii = lower_case(std::string(domain));
  } else {
    if (domain.size() > 1000 || !is_utf8(domain)) return bad("The domain of a mail address is not valid text.");
    char* raw = nullptr;
    const int code = idn2_to_ascii_8z(std::string(domain).c_str(), &raw, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    const std::unique_ptr<char, FreedBy<idn2_free>> owner(raw);
    if (code != IDN2_OK) return bad("The domain of a mail address is not a valid international name.");
    ascii = raw;
  }
  if (ascii.empty() || ascii.size() > 253) return bad("The domain of a mail address is empty or too long.");
  for (std::string_view rest = ascii;;) {
    const auto dot = rest.find('.');
    if (!is_ldh_label(rest.substr(0, dot))) return bad("The domain of a mail address is not a valid name.");
    if (dot == std::string_view::npos) return ascii;
    rest.remove_prefix(dot + 1);
  }
}

Result<MailAddress> parse_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return bad("A mail address needs an @.");
  const auto local = text.substr(0, at);
  if (local.empty() || local.size() > 64) return bad("The part before the @ of a mail address must have 1 to 64 bytes.");
  if (!is_utf8(local)) return bad("A mail address must be valid UTF-8.");
  if (!is_dot_string(local) && !is_quoted_string(local))
    return bad("The part before the @ of a mail address holds characters that are not allowed.");
  auto domain = to_ascii_domain(text.substr(at + 1));
  if (!domain) return fail(std::move(domain.error()));
  return MailAddress{std::string(local), std::move(*domain)};
}

Result<Mailbox> parse_mailbox(std::string_view text) {
  text = trim(text);
  const bool bare = text.empty() || text.back() != '>';
  const auto open = bare ? std::string_view::npos : text.rfind('<');
  if (!bare && open == std::string_view::npos) return bad("A mail address with a name is written: Name <local@domain>.");
  auto address = parse_address(bare ? text : text.substr(open + 1, text.size() - open - 2));
  if (!address) return fail(std::move(address.error()));
  Mailbox box{bare ? std::string{} : unquote(trim(text.substr(0, open))), std::move(*address)};
  if (!is_utf8(box.name) ||
      std::any_of(box.name.begin(), box.name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    return bad("The name of a mail address holds characters that are not allowed.");
  return box;
}

}  // namespace messo::mail
