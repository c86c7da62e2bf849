#include <idn2.h>

#include <algorithm>
#include <memory>

#include "api/address/address.hpp"
#include "base/ascii.hpp"
#include "template/escape.hpp"

namespace messo::api {
namespace {

tl::unexpected<std::string> wrong(std::string_view why) { return tl::unexpected<std::string>("is no email address: " + std::string(why)); }

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}
bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// RFC 5322 §3.2.3 atext, and UTF-8 beyond ASCII (RFC 6531 §3.3).
bool is_atext(char c) {
  if (static_cast<unsigned char>(c) >= 0x80) return true;
  return is_letter_or_digit(lower_letter(c)) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_dot_string(std::string_view local) {
  if (local.empty() || local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos) return false;
  return std::all_of(local.begin(), local.end(), [](char c) { return c == '.' || is_atext(c); });
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(), [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

// Lower-case letters, digits, hyphens; at least two labels; the last one not a number (that would be an IP address).
bool is_host_name(std::string_view domain) {
  std::size_t labels = 0;
  std::string_view last;
  for (std::size_t from = 0; from <= domain.size();) {
    const auto dot = std::min(domain.find('.', from), domain.size());
    last = domain.substr(from, dot - from);
    if (!is_label(last)) return false;
    ++labels;
    from = dot + 1;
  }
  return labels >= 2 && !std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

struct Idn2Free {
  void operator()(char* text) const { idn2_free(text); }
};

std::string to_ascii_domain(std::string_view domain) {
  std::string lower = lower_case(std::string(domain));
  if (is_ascii(lower) && lower.find("xn--") == std::string::npos) return lower;
  char* raw = nullptr;
  if (idn2_to_ascii_8z(lower.c_str(), &raw, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_USE_STD3_ASCII_RULES) != IDN2_OK) return {};
  const std::unique_ptr<char, Idn2Free> ascii(raw);
  return ascii.get();
}

}  // namespace

Normalised normalise_email(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return wrong("there is no \"@\"");
  const auto local = text.substr(0, at), domain = text.substr(at + 1);
  if (local.size() > 64) return wrong("what is before the \"@\" is over 64 bytes");
  if (!is_dot_string(local)) return wrong("what is before the \"@\" has blanks, quotes or misplaced dots");
  if (domain.starts_with('[')) return wrong("addresses at a bare IP address are not supported");
  if (text.size() > 1000 || find_invalid_utf8(text) != std::string::npos) return wrong("it is too long or not UTF-8");
  const auto ascii = to_ascii_domain(domain);
  if (ascii.size() > 253 || !is_host_name(ascii))
    return wrong("the domain after the \"@\" is not valid, it must be like \"comune.example.it\"");
  if (local.size() + 1 + ascii.size() > 254) return wrong("it is over 254 bytes");
  return std::string(local) + "@" + ascii;
}

}  // namespace messo::api
