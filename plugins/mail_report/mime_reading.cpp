#include "mail_report/mime_reading.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace messo::mail_report {
namespace {

constexpr std::size_t kMaxHeaderBytes = 128 * 1024;
constexpr std::size_t kMaxTextBytes = 4096;
constexpr std::size_t kMaxDelimiterLines = 10'000;
constexpr std::size_t kMaxHeaderLines = 50'000;
constexpr std::size_t kMaxAllHeaders = std::size_t{1} << 20;
constexpr std::size_t kMaxContainers = 256;
constexpr int kMaxTopLevelDepth = 4;
constexpr int kMaxTopLevelParts = 64;
constexpr std::size_t kMaxSameHeaders = 8;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool starts_with_nocase(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() && g_ascii_strncasecmp(text.data(), lower.data(), lower.size()) == 0;
}

// What a header line says of what follows the header.
struct Declared {
  bool container = false;  // a multipart or a message
  bool message = false;    // another header follows
  bool digest = false;     // messages follow that say so nowhere (RFC 2046 §5.1.5)
};

Declared declared_by(std::string_view line) {
  if (!starts_with_nocase(line, "content-type")) return {};
  auto rest = trimmed(line.substr(12));
  if (!rest.starts_with(':')) return {};
  rest = trimmed(rest.substr(1));
  if (rest.empty()) return {true, true, true};  // on the next line: it may be any
  const bool message = starts_with_nocase(rest, "message");
  return {message || starts_with_nocase(rest, "multipart"), message, starts_with_nocase(rest, "multipart/digest")};
}

void start_gmime() {
  static const bool ready = (g_mime_init(), true);
  (void)ready;
}

}  // namespace

bool within_mime_bounds(std::string_view bytes) {
  std::size_t delimiters = 0;
  std::size_t header_lines = 0;
  std::size_t header_bytes = 0;
  std::size_t containers = 0;
  bool in_header = true;
  bool another_follows = false;
  bool digests = false;
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    auto line = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (line.starts_with("--")) {
      if (++delimiters > kMaxDelimiterLines) return false;
      in_header = true;
      another_follows = false;
      continue;
    }
    if (!in_header) continue;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) {
      in_header = another_follows || digests;
      another_follows = false;
      continue;
    }
    header_bytes += line.size();
    if (++header_lines > kMaxHeaderLines || header_bytes > kMaxAllHeaders) return false;
    const auto declared = declared_by(line);
    another_follows = another_follows || declared.message;
    digests = digests || declared.digest;
    if (declared.container && ++containers > kMaxContainers) return false;
  }
  return true;
}

MimeTree::MimeTree(std::string_view bytes) {
  start_gmime();
  // A memory stream of GMime's own would copy the bytes; it only reads this array.
  bytes_ = std::make_unique<GByteArray>(
      GByteArray{reinterpret_cast<guint8*>(const_cast<char*>(bytes.data())), static_cast<guint>(bytes.size())});
  stream_.reset(g_mime_stream_mem_new());
  g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(stream_.get()), bytes_.get());
  g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream_.get()), FALSE);
  const GObjectPtr<GMimeParser> parser(g_mime_parser_new_with_stream(stream_.get()));
  g_mime_parser_set_persist_stream(parser.get(), TRUE);
  g_mime_parser_set_format(parser.get(), GMIME_FORMAT_MESSAGE);
  message_.reset(g_mime_parser_construct_message(parser.get(), nullptr));
  const auto end = g_mime_parser_get_headers_end(parser.get());
  header_size_ = end < 0 ? bytes.size() : std::min(static_cast<std::size_t>(end), bytes.size());
}

GMimeObject* MimeTree::root() const { return message_ ? g_mime_message_get_mime_part(message_.get()) : nullptr; }

std::string_view header_of(std::string_view eml) {
  const auto start = eml.substr(0, kMaxHeaderBytes);
  const auto end = std::min(start.find("\n\n"), start.find("\n\r\n"));
  return end == std::string_view::npos ? start : start.substr(0, end + 1);
}

std::string clean_text(std::string_view text) {
  text = trimmed(text.substr(0, kMaxTextBytes));
  if (g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr)) return std::string(text);
  char* valid = g_utf8_make_valid(text.data(), static_cast<gssize>(text.size()));
  std::string out(valid);
  g_free(valid);
  return out;
}

std::string clean_text(const char* text) { return text ? clean_text(std::string_view(text)) : std::string(); }

std::string bare_message_id(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (!is_blank(c)) out += c;
  }
  if (out.starts_with('<') && out.ends_with('>') && out.size() >= 2) out = out.substr(1, out.size() - 2);
  return clean_text(std::string_view(out));
}

std::vector<std::string> header_values(GMimeObject* object, const char* name) {
  std::vector<std::string> out;
  auto* headers = g_mime_object_get_header_list(object);
  const int count = g_mime_header_list_get_count(headers);
  for (int i = 0; i < count && out.size() < kMaxSameHeaders; ++i) {
    auto* header = g_mime_header_list_get_header_at(headers, i);
    if (g_ascii_strcasecmp(g_mime_header_get_name(header), name) == 0) out.push_back(clean_text(g_mime_header_get_value(header)));
  }
  return out;
}

std::string header_value(GMimeObject* object, const char* name) {
  auto values = header_values(object, name);
  return values.empty() ? std::string() : std::move(values.front());
}

std::string decoded_content(GMimeObject* part, std::size_t limit) {
  if (!GMIME_IS_PART(part)) return {};
  auto* content = g_mime_part_get_content(GMIME_PART(part));
  if (!content) return {};
  const auto length = g_mime_stream_length(g_mime_data_wrapper_get_stream(content));
  if (length < 0 || static_cast<std::uint64_t>(length) > limit) return {};
  const GObjectPtr<GMimeStream> stream(g_mime_stream_mem_new());
  g_mime_data_wrapper_write_to_stream(content, stream.get());
  const auto* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

std::string media_type(GMimeObject* part) {
  auto* type = g_mime_object_get_content_type(part);
  if (!type) return {};
  return lower_case(clean_text(g_mime_content_type_get_media_type(type)) + '/' + clean_text(g_mime_content_type_get_media_subtype(type)));
}

bool is_report(GMimeObject* part, const char* report_type) {
  if (!part || media_type(part) != "multipart/report") return false;
  const char* type = g_mime_object_get_content_type_parameter(part, "report-type");
  return type && g_ascii_strcasecmp(type, report_type) == 0;
}

void visit_top_level(GMimeObject* root, const std::function<bool(GMimeObject*)>& visit) {
  struct Level {
    GMimeMultipart* multipart;
    int next;
  };
  std::vector<Level> levels;
  for (GMimeObject* at = root; at;) {
    if (GMIME_IS_MULTIPART(at)) {
      if (levels.size() < kMaxTopLevelDepth) levels.push_back({GMIME_MULTIPART(at), 0});
    } else if (!visit(at)) {
      return;
    }
    at = nullptr;
    while (!at && !levels.empty()) {
      auto& level = levels.back();
      if (level.next < std::min(g_mime_multipart_get_count(level.multipart), kMaxTopLevelParts)) {
        at = g_mime_multipart_get_part(level.multipart, level.next++);
      } else {
        levels.pop_back();
      }
    }
  }
}

}  // namespace messo::mail_report
