#include <algorithm>

#include "api/field_reader.hpp"
#include "api/job_parser.hpp"
#include "base/hash.hpp"

namespace messo::api {
namespace {

using InputJson = nlohmann::json;

constexpr std::string_view kFields[] = {"name", "content_type", "content"};

// A name shown to the citizen and used as a file name by their programs: no path.
bool is_file_name(std::string_view name) { return name != "." && name != ".." && name.find_first_of("/\\") == std::string_view::npos; }

// RFC 2045 §5.1 type/subtype, lower case, without parameters.
bool is_media_type(std::string_view text) {
  const auto slash = text.find('/');
  const auto part = [](std::string_view p) {
    return !p.empty() && std::all_of(p.begin(), p.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '+' || c == '-';
    });
  };
  return slash != std::string_view::npos && part(text.substr(0, slash)) && part(text.substr(slash + 1));
}

}  // namespace

std::vector<DraftAttachment> parse_attachments(const InputJson& rows, const std::string& pointer, const JobLimits& limits,
                                               Findings& findings) {
  std::vector<DraftAttachment> out;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    FieldReader fields(rows[i], pointer + "/" + std::to_string(i), kFields, findings);
    const auto name = fields.required_text("name", {200, false, false});
    const auto type = fields.required_text("content_type", {127, false, false});
    if (fields.is_object() && !fields.has("content")) findings.malformed(fields.at("content"), "is missing");
    if (name && !is_file_name(*name)) findings.wrong(fields.at("name"), "must be a file name without path");
    if (type && !is_media_type(*type))
      findings.wrong(fields.at("content_type"), "must be a media type like \"application/pdf\", in lower case");
    const auto content = rows[i].is_object() ? rows[i].find("content") : rows[i].end();
    if (!rows[i].is_object() || content == rows[i].end()) continue;
    if (!content->is_string()) {
      findings.malformed(fields.at("content"), "must be a text in base64");
      continue;
    }
    const auto& text = content->get_ref<const std::string&>();
    total += text.size() / 4 * 3;
    if (total > limits.attachment_bytes + 3 * limits.attachments) continue;
    auto bytes = from_base64(text);
    if (!bytes) {
      findings.wrong(fields.at("content"), "is no base64 (RFC 4648 §4, with padding, without line breaks)");
    } else if (bytes->empty()) {
      findings.wrong(fields.at("content"), "is empty");
    } else if (name && type) {
      out.push_back({*name, *type, *std::move(bytes)});
    }
  }
  std::uint64_t exact = 0;
  for (const auto& attachment : out) exact += attachment.content.size();
  if (std::max(exact, total > limits.attachment_bytes + 3 * limits.attachments ? total : 0) > limits.attachment_bytes) {
    findings.wrong(pointer, "are over " + std::to_string(limits.attachment_bytes) + " bytes together; send fewer or smaller files");
  }
  return out;
}

}  // namespace messo::api
