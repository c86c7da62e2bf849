// GMime held by values: what reading a received message needs of it, within bounds.
#pragma once
#include <gmime/gmime.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/freed_by.hpp"

namespace messo::mail_report {

template <class T>
using GObjectPtr = std::unique_ptr<T, FreedBy<g_object_unref>>;

// Larger messages are not read.
inline constexpr std::size_t kMaxReadMessage = std::size_t{40} << 20;

// Whether GMime may read these bytes: it makes objects for every part, header line, address and parameter, however deep they are nested,
// and would fill the memory from a few megabytes of them. Bounds what may be a delimiter or stand in a header; says yes too seldom rather
// than too often.
bool within_mime_bounds(std::string_view bytes);

// A message, or a part of one (header, blank line, content), parsed. It refers to the bytes it was read from, which must outlive it:
// contents are not copied.
class MimeTree {
 public:
  explicit MimeTree(std::string_view bytes);

  GMimeMessage* message() const { return message_.get(); }  // null when GMime could make nothing of it
  GMimeObject* root() const;                                // what the header's Content-Type says; null likewise
  std::size_t header_size() const { return header_size_; }  // up to the content, the blank line included

 private:
  std::unique_ptr<GByteArray> bytes_;
  GObjectPtr<GMimeStream> stream_;
  GObjectPtr<GMimeMessage> message_;
  std::size_t header_size_ = 0;
};

// The header of a message: all up to the first blank line, at most 128 KiB.
std::string_view header_of(std::string_view eml);

// Valid UTF-8 of at most 4 KiB, blanks around it removed.
std::string clean_text(const char* text);
std::string clean_text(std::string_view text);
// A Message-ID without brackets and blanks.
std::string bare_message_id(std::string_view value);

// The values of a header field, by its name in any case; the first 8.
std::vector<std::string> header_values(GMimeObject* object, const char* name);
std::string header_value(GMimeObject* object, const char* name);  // the first, or empty

// The decoded content of a leaf part; empty when it has none or more than `limit` bytes as it stands in the message.
std::string decoded_content(GMimeObject* part, std::size_t limit);

// "application/xml", lower case.
std::string media_type(GMimeObject* part);

// Whether it is a multipart/report of that report-type (RFC 6522). `part` may be null.
bool is_report(GMimeObject* part, const char* report_type);

// Visits the leaves and message/rfc822 parts below `root` in order, descending into multiparts (at most 4 deep, 64 parts each) and never
// into a message. Until `visit` gives false.
void visit_top_level(GMimeObject* root, const std::function<bool(GMimeObject*)>& visit);

}  // namespace messo::mail_report
