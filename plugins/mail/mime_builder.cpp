#include "mail/mime_builder.hpp"

#include <fmt/compile.h>

#include <algorithm>
#include <array>

#include "base/hash.hpp"
#include "mail/mime_encoding.hpp"

namespace messo::mail {
namespace {

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f &&
           std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
  });
}

bool is_media_type(std::string_view type) {
  const auto slash = type.find('/');
  return slash != std::string_view::npos && type.size() <= 127 && is_token(type.substr(0, slash)) && is_token(type.substr(slash + 1));
}

Status check_header(std::string_view field, std::string_view value) {
  if (has_control(value))
    return fail(ErrorKind::invalid, "header_injection", fmt::format("The {} holds a line break or control character.", field));
  if (!is_utf8(value)) return fail(ErrorKind::invalid, "not_utf8", fmt::format("The {} is not valid UTF-8.", field));
  return {};
}

Status check(const MailContent& content) {
  for (const auto& [field, value] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"subject", content.subject},
           {"sender's name", content.from.name},
           {"recipient's name", content.to.name},
           {"reply-to name", content.reply_to ? std::string_view(content.reply_to->name) : std::string_view{}}}) {
    if (auto status = check_header(field, value); !status) return status;
  }
  const auto plain_language = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-'; };
  if (!std::all_of(content.language.begin(), content.language.end(), plain_language))
    return fail(ErrorKind::invalid, "header_injection", "The language is not a language tag (BCP 47).");
  for (const auto& [name, value] : content.headers) {
    if (!is_token(name) || name.find(':') != std::string::npos || !is_ascii(value) || has_control(value) ||
        name.size() + value.size() > 900)
      return fail(ErrorKind::invalid, "header_injection", "A further header field holds characters that are not allowed.");
  }
  if (content.text.empty() && content.html.empty())
    return fail(ErrorKind::invalid, "empty_message", "The message has neither text nor HTML.");
  if (!is_utf8(content.text) || !is_utf8(content.html))
    return fail(ErrorKind::invalid, "not_utf8", "The message's text is not valid UTF-8.");
  for (const auto& file : content.attachments) {
    if (auto status = check_header("name of an attachment", file.name); !status) return status;
    if (!file.content_type.empty() && !is_media_type(file.content_type))
      return fail(ErrorKind::invalid, "bad_content_type", "The content type of an attachment is not of the form type/subtype.");
    if (!file.content_id.empty() &&
        (!is_ascii(file.content_id) || has_control(file.content_id) || file.content_id.find_first_of(" <>") != std::string::npos))
      return fail(ErrorKind::invalid, "header_injection", "The content id of an inline image holds characters that are not allowed.");
  }
  return {};
}

// "Name: value" with the mailbox's name encoded; the address goes on a line of its own when the name is long.
std::string mailbox_header(std::string_view name, const Mailbox& box) {
  std::string out(name);
  out += ": ";
  if (box.name.empty()) return out + box.address.to_string() + "\r\n";
  const auto phrase = encode_phrase(box.name, out.size());
  const auto address = '<' + box.address.to_string() + '>';
  const auto last_line = out.size() + phrase.size() - std::min(phrase.rfind('\n'), phrase.size());
  out += phrase;
  out += last_line + address.size() > 76 || phrase.find('\n') != std::string::npos ? "\r\n " : " ";
  return out + address + "\r\n";
}

void append_text_part(std::string& out, std::string_view subtype, std::string_view text) {
  const bool base64 = prefers_base64(text);
  out += "Content-Type: text/";
  out += subtype;
  out += "; charset=utf-8\r\nContent-Transfer-Encoding: ";
  out += base64 ? "base64\r\n\r\n" : "quoted-printable\r\n\r\n";
  if (base64)
    append_base64_lines(out, to_crlf(text));
  else
    append_quoted_printable(out, text);
}

// RFC 2046 §5.2.1: message/rfc822 may not be base64; only one that is 7-bit with proper lines can go as it is.
bool is_clean_seven_bit(std::string_view bytes) {
  if (!is_ascii(bytes) || bytes.find('\0') != std::string_view::npos || !bytes.ends_with("\r\n")) return false;
  while (!bytes.empty()) {
    const auto end = bytes.find("\r\n");
    const auto line = bytes.substr(0, end);
    if (line.size() > 998 || line.find_first_of("\r\n") != std::string_view::npos) return false;
    bytes.remove_prefix(end + 2);
  }
  return true;
}

void append_attachment(std::string& out, const MailAttachment& file) {
  std::string type = file.content_type.empty() ? "application/octet-stream" : file.content_type;
  const bool message = type == "message/rfc822" && is_clean_seven_bit(file.bytes);
  if (type.starts_with("message/") && !message) type = "application/octet-stream";
  if (type.starts_with("multipart/")) type = "application/octet-stream";
  const bool shown = !file.content_id.empty();
  const auto named = [&](std::string_view parameter) {
    return file.name.empty() ? std::string{} : file_name_parameters(parameter, file.name);
  };
  out += fmt::format("Content-Type: {}{}\r\nContent-Transfer-Encoding: {}\r\n", type, named("name"), message ? "7bit" : "base64");
  if (shown) out += fmt::format("Content-ID: <{}>\r\n", file.content_id);
  out += fmt::format("Content-Disposition: {}{}\r\n\r\n", shown ? "inline" : "attachment", named("filename"));
  if (message)
    out += file.bytes;
  else
    append_base64_lines(out, file.bytes);
}

class TreeWriter {
 public:
  TreeWriter(const MailContent& content, std::string& out) : content_(content), out_(out) {
    for (const auto& file : content.attachments) (file.content_id.empty() || content.html.empty() ? files_ : images_).push_back(&file);
  }

  void write() {
    if (files_.empty()) return related();
    multipart("mixed", "", [&](const std::string& boundary) {
      next(boundary);
      related();
      for (const auto* file : files_) {
        next(boundary);
        append_attachment(out_, *file);
      }
    });
  }

 private:
  void related() {
    if (images_.empty()) return alternative();
    const auto root = content_.text.empty() ? "; type=\"text/html\"" : "; type=\"multipart/alternative\"";
    multipart("related", root, [&](const std::string& boundary) {
      next(boundary);
      alternative();
      for (const auto* image : images_) {
        next(boundary);
        append_attachment(out_, *image);
      }
    });
  }

  void alternative() {
    if (content_.html.empty()) return append_text_part(out_, "plain", content_.text);
    if (content_.text.empty()) return append_text_part(out_, "html", content_.html);
    multipart("alternative", "", [&](const std::string& boundary) {
      next(boundary);
      append_text_part(out_, "plain", content_.text);
      next(boundary);
      append_text_part(out_, "html", content_.html);
    });
  }

  template <class Children>
  void multipart(std::string_view subtype, std::string_view parameters, Children&& children) {
    const auto boundary = boundary_of(subtype);
    out_.append("Content-Type: multipart/").append(subtype).append(parameters);
    out_.append(";\r\n boundary=\"").append(boundary).append("\"\r\n\r\n");
    children(boundary);
    out_.append("--").append(boundary).append("--\r\n");
  }

  void next(const std::string& boundary) { out_.append("--").append(boundary).append("\r\n"); }

  // "=_" can stand neither in quoted-printable nor in base64 (RFC 2045 §6.7); only an embedded message could hold it, and ours differs
  // by the delivery, unless somebody forwards this very message: then a counter makes it another.
  std::string boundary_of(std::string_view subtype) const {
    for (unsigned round = 0;; ++round) {
      const auto seed = fmt::format(FMT_COMPILE("boundary {} {} {}"), content_.delivery.to_string(), subtype, round);
      const auto digest = sha256(seed);
      auto boundary = "=_" + to_hex(as_text(digest).substr(0, 16));
      const auto holds = [&](const MailAttachment& file) {
        return file.content_type == "message/rfc822" && file.bytes.find(boundary) != std::string::npos;
      };
      if (std::none_of(content_.attachments.begin(), content_.attachments.end(), holds)) return boundary;
    }
  }

  const MailContent& content_;
  std::string& out_;
  std::vector<const MailAttachment*> files_;
  std::vector<const MailAttachment*> images_;
};

std::size_t estimated_size(const MailContent& content) {
  std::size_t size = 2048 + (content.text.size() + content.html.size()) * 5 / 4;
  for (const auto& file : content.attachments) size += 512 + file.bytes.size() / 57 * 78 + 78;
  return size;
}

}  // namespace

std::string message_id_of(const Uuid& delivery, std::string_view domain) {
  return fmt::format(FMT_COMPILE("<{}@{}>"), delivery.to_string(), domain);
}

std::string mail_date(Instant date) {
  static constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(date);
  const std::chrono::year_month_day ymd{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(date - day)};
  return fmt::format(FMT_COMPILE("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000"), days[std::chrono::weekday{day}.c_encoding()],
                     static_cast<unsigned>(ymd.day()), months[static_cast<unsigned>(ymd.month()) - 1], static_cast<int>(ymd.year()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

Result<BuiltMail> build_mail(const MailContent& content) {
  if (auto status = check(content); !status) return fail(std::move(status.error()));
  BuiltMail mail;
  mail.message_id = message_id_of(content.delivery, content.from.address.domain);
  mail.smtputf8 = content.from.address.needs_smtputf8() || content.to.address.needs_smtputf8() ||
                  (content.reply_to && content.reply_to->address.needs_smtputf8());
  auto& out = mail.bytes;
  out.reserve(estimated_size(content));
  out.append("Date: ").append(mail_date(content.date)).append("\r\n");
  out += mailbox_header("From", content.from);
  if (content.reply_to) out += mailbox_header("Reply-To", *content.reply_to);
  out += mailbox_header("To", content.to);
  out.append("Message-ID: ").append(mail.message_id);
  out.append("\r\nSubject: ").append(encode_unstructured(content.subject, 9)).append("\r\n");
  if (content.automatic) out += "Auto-Submitted: auto-generated\r\n";
  if (!content.language.empty()) out.append("Content-Language: ").append(content.language).append("\r\n");
  for (const auto& [name, value] : content.headers) out.append(name).append(": ").append(value).append("\r\n");
  out += "MIME-Version: 1.0\r\n";
  TreeWriter(content, out).write();
  return mail;
}

}  // namespace messo::mail
