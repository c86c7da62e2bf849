#include "template/escape.hpp"

#include <algorithm>
#include <array>

#include "base/eight_bytes.hpp"
#include "base/utf8.hpp"

namespace messo {
namespace {

std::string_view html_entity(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return {};
  }
}

unsigned char byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

// Where after `at` the printable ASCII ends, or a little before it: looked at in steps of eight.
std::size_t skip_printable(std::string_view text, std::size_t at) {
  while (at + EightBytes::size <= text.size() && EightBytes(text.data() + at).unprintable() == 0) at += EightBytes::size;
  return at;
}

constexpr std::array<bool, 256> table_of(std::string_view characters) {
  std::array<bool, 256> table{};
  for (const char c : characters) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr auto kHtmlSpecial = table_of("&<>\"'");
constexpr auto kMarkdownSpecial = table_of("\\`*_[]<>#~|&");

// Length of a separator or control character at `at` that must not be in a single line; 0 when it is an ordinary character.
std::size_t blank_length(std::string_view text, std::size_t at) {
  const unsigned char c = byte_at(text, at);
  if (c <= 0x20 || c == 0x7f) return 1;
  if (c == 0xc2 && at + 1 < text.size() && byte_at(text, at + 1) >= 0x80 && byte_at(text, at + 1) <= 0x9f) return 2;
  const auto three = text.substr(at, 3);
  if (three == "\xe2\x80\xa8" || three == "\xe2\x80\xa9" || three == "\xef\xbb\xbf") return 3;
  return 0;
}

}  // namespace

void append_escaped(std::string& out, std::string_view text, Escape escape) {
  if (escape == Escape::none) {
    out += text;
    return;
  }
  const auto& special = escape == Escape::html ? kHtmlSpecial : kMarkdownSpecial;
  const char* const bytes = text.data();
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!special[static_cast<unsigned char>(bytes[at])]) continue;
    out.append(bytes + from, at - from);
    if (escape == Escape::html) {
      out += html_entity(text[at]);
    } else {
      out += '\\';
      out += text[at];
    }
    from = at + 1;
  }
  out.append(bytes + from, text.size() - from);
}

std::string to_single_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool gap = false;
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t blank = blank_length(text, at); blank != 0) {
      gap = true;
      at += blank;
      continue;
    }
    if (gap && !out.empty()) out += ' ';
    gap = false;
    out += text[at++];
  }
  return out;
}

std::size_t find_invalid_utf8(std::string_view text) {
  for (std::size_t at = skip_printable(text, 0); at < text.size();) {
    const std::size_t length = code_point_at(text, at).length;
    if (length == 0) return at;
    at += length;
    if (length > 1) at = skip_printable(text, at);
  }
  return std::string_view::npos;
}

std::size_t find_control(std::string_view text) {
  const char* const bytes = text.data();
  for (std::size_t at = skip_printable(text, 0); at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(bytes[at]);
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) return at;
  }
  return std::string_view::npos;
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = skip_printable(text, 0);
  for (const char c : text.substr(count)) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

bool is_one_line(std::string_view text) {
  const auto rest = text.substr(skip_printable(text, 0));
  return std::ranges::none_of(rest, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
}

}  // namespace messo
