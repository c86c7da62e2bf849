#include "mail/mime_encoding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/eight_bytes.hpp"
#include "base/hash.hpp"
#include "mail/mail_address.hpp"

namespace messo::mail {
namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";
constexpr std::size_t line_limit = 76;  // characters without CRLF

// What quoted-printable text is made of.
enum class Byte : std::uint8_t {
  literal,  // stays as it is
  blank,    // likewise, but not at the end of a line
  newline,
  other,
};
constexpr auto byte_table = [] {
  std::array<Byte, 256> table{};
  table.fill(Byte::other);
  for (std::size_t c = 33; c <= 126; ++c) table[c] = c == '=' ? Byte::other : Byte::literal;
  table[' '] = table['\t'] = Byte::blank;
  table['\r'] = table['\n'] = Byte::newline;
  return table;
}();
Byte kind_of(char c) { return byte_table[static_cast<unsigned char>(c)]; }

// "=C3"
std::array<char, 3> escaped(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return {'=', hex_digits[byte >> 4], hex_digits[byte & 15]};
}

// Takes the first line off `text`, which may end with LF, CRLF or a lone CR; `ended` tells whether it had an end.
std::string_view take_line(std::string_view& text, bool& ended) {
  std::size_t size = 0;
  while (size < text.size() && text[size] != '\n' && text[size] != '\r') ++size;
  const auto line = text.substr(0, size);
  ended = size < text.size();
  const bool pair = ended && text[size] == '\r' && size + 1 < text.size() && text[size + 1] == '\n';
  text.remove_prefix(size + (ended ? 1 : 0) + (pair ? 1 : 0));
  return line;
}

// Whether a line of `text` ends before `i`.
bool is_line_end(std::string_view text, std::size_t i) { return i == text.size() || kind_of(text[i]) == Byte::newline; }

// Whether they are all blanks or literals but tabs.
bool all_plain(EightBytes eight) { return (eight.unprintable() | eight.equal_to('=')) == 0; }

// How many characters from `i` on can be copied as they are, at most `room`. The last blank of a line is none of them.
std::size_t plain_run(std::string_view text, std::size_t i, std::size_t room) {
  const auto stop = std::min(text.size(), i + room);
  const char* const bytes = text.data();
  auto end = i;
  while (end + EightBytes::size <= stop && all_plain(EightBytes(bytes + end))) end += EightBytes::size;
  while (end < stop && kind_of(bytes[end]) <= Byte::blank) ++end;
  if (end > i && kind_of(bytes[end - 1]) == Byte::blank && is_line_end(text, end)) --end;
  return end - i;
}

// A line of encoded text, on its way to the message in one piece.
class EncodedLine {
 public:
  explicit EncodedLine(std::string& out) : out_(out) {}
  std::size_t column() const { return column_; }
  void put(std::string_view run) {
    std::memcpy(line_.data() + column_, run.data(), run.size());
    column_ += run.size();
  }
  void end(std::string_view ending) {
    put(ending);
    out_.append(line_.data(), column_);
    column_ = 0;
  }

 private:
  std::string& out_;
  std::array<char, line_limit + 3> line_{};
  std::size_t column_ = 0;
};

std::size_t character_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
}

// What stays itself in the Q encoding everywhere, phrases included (RFC 2047 §5 (3)).
bool is_q_literal(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '!' || c == '*' || c == '+' || c == '-' ||
         c == '/';
}

std::size_t q_width(std::string_view character) {
  return character.size() == 1 && (is_q_literal(character[0]) || character[0] == ' ') ? 1 : 3 * character.size();
}

void append_q(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == ' ')
      out.push_back('_');
    else if (is_q_literal(c))
      out.push_back(c);
    else
      out.append(escaped(c).data(), 3);
  }
}

// Encoded words joined by folding white space, the first on a line that already has `column` characters.
std::string encoded_words(std::string_view text, std::size_t column) {
  const bool base64 = prefers_base64(text);
  constexpr std::size_t overhead = 12;  // =?UTF-8?Q?...?=
  constexpr std::size_t word_limit = 75;
  std::string out;
  bool first = true;
  while (!text.empty()) {
    const std::size_t used_before = first ? column : 1;
    std::size_t room = line_limit > used_before + overhead ? std::min(word_limit, line_limit - used_before) - overhead : 0;
    if (room < 16) room = 0;
    std::size_t taken = 0;
    std::size_t width = 0;
    while (taken < text.size()) {
      const auto length = std::min(character_length(text[taken]), text.size() - taken);
      const auto next = base64 ? (taken + length + 2) / 3 * 4 : width + q_width(text.substr(taken, length));
      if (next > room) break;
      width = next;
      taken += length;
    }
    if (taken > 0) {
      out += base64 ? "=?UTF-8?B?" : "=?UTF-8?Q?";
      if (base64)
        out += to_base64(text.substr(0, taken));
      else
        append_q(out, text.substr(0, taken));
      out += "?=";
      text.remove_prefix(taken);
    }
    if (!text.empty()) out += "\r\n ";
    first = false;
  }
  return out;
}

// Folds ASCII text at blanks so that lines stay within the limit where it has blanks to fold at.
std::string fold(std::string_view text, std::size_t column) {
  std::string out;
  while (!text.empty()) {
    // A word with the blanks before it; folding is done before blanks that are followed by something.
    const auto start = std::min(text.find_first_not_of(" \t"), text.size());
    const auto end = std::min(text.find_first_of(" \t", start), text.size());
    const auto word = text.substr(0, end);
    if (start > 0 && start < text.size() && column + word.size() > line_limit) {
      out += "\r\n";
      column = 0;
    }
    out += word;
    column += word.size();
    text.remove_prefix(end);
  }
  return out;
}

bool needs_encoded_words(std::string_view text) {
  // "=?" in plain text would be taken for an encoded word; a word beyond 998 characters could not be folded.
  if (!is_ascii(text) || text.find("=?") != std::string_view::npos) return true;
  for (std::size_t start = 0; start < text.size();) {
    const auto end = std::min(text.find_first_of(" \t", start), text.size());
    if (end - start > 200) return true;
    start = end + 1;
  }
  return false;
}

std::string quoted_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + '"';
}

// For clients that do not read RFC 2231: accents fall to '_' rather than to an encoded word inside quotes, which no standard allows.
std::string ascii_fallback(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); i += character_length(name[i])) {
    const char c = name[i];
    const bool safe = c >= 0x20 && c <= 0x7e && c != '"' && c != '\\' && c != '/' && c != ':';
    out.push_back(safe ? c : '_');
  }
  if (out.size() <= 60) return out;
  const auto dot = out.rfind('.');
  const auto extension = dot != std::string::npos && out.size() - dot <= 12 ? out.substr(dot) : std::string{};
  return out.substr(0, 60 - extension.size()) + extension;
}

bool is_attribute_character(char c) {  // RFC 2231 §7
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("!#$&+-.^_`{|}~").find(c) != std::string_view::npos;
}

}  // namespace

// One pass over the text, run by run: every byte of every message comes through here.
void append_quoted_printable(std::string& out, std::string_view text) {
  out.reserve(out.size() + text.size() + text.size() / 16 + 64);
  EncodedLine line(out);
  bool begins = true;  // a line of the text
  for (std::size_t i = 0; i < text.size();) {
    const auto column = line.column();
    // At a line's start, a soft break's included, a dot could be taken for the end of the message, and From for a mailbox separator.
    const bool risky = column == 0 && (text[i] == '.' || (text[i] == 'F' && begins && text.substr(i).starts_with("From ")));
    if (const auto run = risky || column >= line_limit - 1 ? 0 : plain_run(text, i, line_limit - 1 - column); run > 0) {
      line.put({text.data() + i, run});
      i += run;
      begins = false;
      continue;
    }
    const auto kind = kind_of(text[i]);
    if (kind == Byte::newline) {
      line.end("\r\n");
      i += text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n' ? 2 : 1;
      begins = true;
      continue;
    }
    const bool last = is_line_end(text, i + 1);
    const bool plain = !risky && (kind == Byte::literal || (kind == Byte::blank && !last));
    // A soft break needs one column, except at the end of the line.
    if (column + (plain ? 1 : 3) > line_limit - (last ? 0 : 1)) {
      line.end("=\r\n");
      continue;
    }
    if (plain)
      line.put(text.substr(i, 1));
    else
      line.put({escaped(text[i]).data(), 3});
    ++i;
    begins = false;
  }
  if (!begins) line.end("\r\n");
}

void append_base64_lines(std::string& out, std::string_view bytes) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  out.reserve(out.size() + bytes.size() / 57 * 78 + 80);
  const auto at = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[i])); };
  std::array<char, 78> line{};
  for (std::size_t start = 0; start < bytes.size(); start += 57) {
    const auto end = std::min(start + 57, bytes.size());
    std::size_t n = 0;
    for (std::size_t i = start; i < end; i += 3) {
      const auto left = end - i;
      const unsigned group = at(i) << 16 | (left > 1 ? at(i + 1) << 8 : 0) | (left > 2 ? at(i + 2) : 0);
      line[n++] = alphabet[group >> 18];
      line[n++] = alphabet[group >> 12 & 63];
      line[n++] = left > 1 ? alphabet[group >> 6 & 63] : '=';
      line[n++] = left > 2 ? alphabet[group & 63] : '=';
    }
    line[n++] = '\r';
    line[n++] = '\n';
    out.append(line.data(), n);
  }
}

std::string to_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  while (!text.empty()) {
    bool ended = false;
    out += take_line(text, ended);
    if (ended) out += "\r\n";
  }
  return out;
}

bool prefers_base64(std::string_view text) {
  std::size_t escaped = 0, i = 0;
  for (; i + EightBytes::size <= text.size(); i += EightBytes::size) escaped += EightBytes(text.data() + i).count_beyond_ascii();
  for (; i < text.size(); ++i) escaped += static_cast<unsigned char>(text[i]) >= 0x80;
  return escaped * 3 > text.size();
}

std::string encode_unstructured(std::string_view text, std::size_t column) {
  return needs_encoded_words(text) ? encoded_words(text, column) : fold(text, column);
}

std::string encode_phrase(std::string_view text, std::size_t column) {
  if (needs_encoded_words(text) || text.size() > 60) return encoded_words(text, column);
  const bool atoms = std::all_of(text.begin(), text.end(), [](char c) { return is_q_literal(c) || c == ' ' || c == '\'' || c == '_'; });
  return atoms ? std::string(text) : quoted_string(text);
}

std::string file_name_parameters(std::string_view parameter, std::string_view name) {
  const auto fallback = ascii_fallback(name);
  auto plain = ";\r\n " + std::string(parameter) + '=' + quoted_string(fallback);
  if (fallback == name) return plain;
  // Sections of at most 76 characters, cut between percent escapes and between characters.
  std::vector<std::string> sections(1, "UTF-8''");
  const std::size_t room = line_limit - parameter.size() - 8;
  for (std::size_t i = 0; i < name.size();) {
    const auto length = std::min(character_length(name[i]), name.size() - i);
    std::string piece;
    for (const char c : name.substr(i, length)) {
      if (is_attribute_character(c)) {
        piece.push_back(c);
      } else {
        piece.push_back('%');
        piece.push_back(hex_digits[static_cast<unsigned char>(c) >> 4]);
        piece.push_back(hex_digits[static_cast<unsigned char>(c) & 15]);
      }
    }
    if (sections.back().size() + piece.size() > room) sections.emplace_back();
    sections.back() += piece;
    i += length;
  }
  // The true name first: readers that know both forms tend to keep the first they meet.
  if (sections.size() == 1) return ";\r\n " + std::string(parameter) + "*=" + sections.front() + plain;
  std::string out;
  for (std::size_t i = 0; i < sections.size(); ++i) out += ";\r\n " + std::string(parameter) + '*' + std::to_string(i) + "*=" + sections[i];
  return out + plain;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

void append_dot_stuffed(std::string& out, std::string_view message) {
  out.reserve(out.size() + message.size() + 64);
  if (message.starts_with('.')) out.push_back('.');
  while (!message.empty()) {
    const auto dot = message.find("\n.");
    if (dot == std::string_view::npos) break;
    out += message.substr(0, dot + 2);
    out.push_back('.');
    message.remove_prefix(dot + 2);
  }
  out += message;
  if (!out.ends_with("\r\n")) out += "\r\n";
  out += ".\r\n";
}

}  // namespace messo::mail
