#include "api/http/head_parser.hpp"

#include <array>
#include <charconv>

#include "template/escape.hpp"

namespace messo::http {
namespace {

Fault bad(std::string detail) { return {400, std::move(detail)}; }

// RFC 9110 §5.6.2.
bool is_token_char(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (!is_token_char(c)) return false;
  }
  return true;
}
// Visible characters, blanks, tabs and obs-text (RFC 9110 §5.5).
bool is_field_value(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) return false;
  }
  return true;
}
std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Calls `each` for the elements of a comma-separated list (RFC 9110 §5.6.1).
template <class F>
void for_each_element(std::string_view list, F&& each) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (const auto element = trim(list.substr(0, comma)); !element.empty()) each(element);
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<Fault> parse_query(Request& request, std::string_view text, std::size_t limit) {
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto pair = text.substr(0, end);
    if (!pair.empty()) {
      if (request.query.size() == limit) return bad("There are too many query parameters.");
      const auto equals = pair.find('=');
      auto name = percent_decode(pair.substr(0, equals), true);
      auto value = equals == std::string_view::npos ? std::string() : percent_decode(pair.substr(equals + 1), true);
      if (!name || !value) return bad("The query is not percent-encoded UTF-8 (RFC 3986).");
      request.query.emplace_back(*std::move(name), *std::move(value));
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return {};
}

std::optional<Fault> parse_request_line(Request& request, std::string_view line, const HeadLimits& limits) {
  if (line.size() > limits.line_bytes) return Fault{414, "The address is too long."};
  const auto first = line.find(' ');
  const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos || line.find(' ', second + 1) != std::string_view::npos)
    return bad("The first line is not an HTTP request.");
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, second - first - 1);
  const auto version = line.substr(second + 1);
  if (!is_token(request.method)) return bad("The first line is not an HTTP request.");
  if (version == "HTTP/1.0") {
    request.http_1_0 = true;
    request.keep_alive = false;
  } else if (version != "HTTP/1.1") {
    if (version.size() == 8 && version.starts_with("HTTP/")) return Fault{505, "Only HTTP/1.1 and HTTP/1.0 are spoken here."};
    return bad("The first line is not an HTTP request.");
  }
  // Origin form only (RFC 9112 §3.2.1): this is no proxy.
  if (!request.target.starts_with('/') || !is_field_value(request.target)) return bad("The address must be a path that begins with \"/\".");
  const auto mark = request.target.find('?');
  auto path = percent_decode(request.target.substr(0, mark), false);
  if (!path) return bad("The path is not percent-encoded UTF-8 (RFC 3986).");
  request.path = *std::move(path);
  if (mark == std::string_view::npos) return {};
  return parse_query(request, request.target.substr(mark + 1), limits.parameters);
}

std::optional<Fault> parse_fields(Request& request, std::string_view text, const HeadLimits& limits) {
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty()) return {};
    if (request.fields.size() == limits.fields) return Fault{431, "There are too many header fields."};
    const auto colon = line.find(':');
    // A blank before the colon or at the start of a line (folding) is refused: RFC 9112 §5.1, §5.2.
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return bad("A header field is malformed.");
    const auto value = trim(line.substr(colon + 1));
    if (!is_field_value(value)) return bad("A header field holds a control character.");
    request.fields.emplace_back(line.substr(0, colon), value);
  }
  return {};
}

std::optional<Fault> read_framing(Request& request) {
  std::size_t hosts = 0;
  bool encoded = false;
  for (const auto& [name, value] : request.fields) {
    if (same_name(name, "Content-Length")) {
      std::uint64_t length = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
      if (value.empty() || error != std::errc{} || end != value.data() + value.size()) return bad("Content-Length is not a number.");
      if (request.content_length) return bad("There is more than one Content-Length.");
      request.content_length = length;
    } else if (same_name(name, "Transfer-Encoding")) {
      if (encoded || !same_name(value, "chunked")) return Fault{501, "The only Transfer-Encoding understood is \"chunked\"."};
      encoded = true;
    } else if (same_name(name, "Host")) {
      ++hosts;
    } else if (same_name(name, "Connection")) {
      for_each_element(value, [&](std::string_view option) {
        if (same_name(option, "close")) request.keep_alive = false;
        if (same_name(option, "keep-alive") && request.http_1_0) request.keep_alive = true;
      });
    } else if (same_name(name, "Expect")) {
      if (!same_name(value, "100-continue")) return Fault{417, "The only expectation understood is \"100-continue\"."};
      request.expect_continue = !request.http_1_0;
    }
  }
  // Both would let two readers see two requests (RFC 9112 §6.1).
  if (encoded && (request.content_length || request.http_1_0)) return bad("Content-Length and Transfer-Encoding contradict each other.");
  request.chunked = encoded;
  if (hosts > 1 || (hosts == 0 && !request.http_1_0)) return bad("There must be one Host field.");
  return {};
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool form) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return {};
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return {};
      c = static_cast<char>(high << 4 | low);
      i += 2;
    } else if (form && c == '+') {
      c = ' ';
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return {};
    out += c;
  }
  if (find_invalid_utf8(out) != std::string::npos) return {};
  return out;
}

std::optional<Fault> parse_head(Request& request, const HeadLimits& limits) {
  const std::string_view head = request.head;
  // Every line ends with CR LF; neither stands alone (RFC 9112 §2.2).
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '\n' && (i == 0 || head[i - 1] != '\r')) return bad("Lines must end with CR LF.");
    if (head[i] == '\r' && (i + 1 == head.size() || head[i + 1] != '\n')) return bad("Lines must end with CR LF.");
  }
  const auto end = head.find("\r\n");
  if (end == std::string_view::npos) return bad("The first line is not an HTTP request.");
  if (auto fault = parse_request_line(request, head.substr(0, end), limits)) return fault;
  if (auto fault = parse_fields(request, head.substr(end + 2), limits)) return fault;
  return read_framing(request);
}

}  // namespace messo::http
