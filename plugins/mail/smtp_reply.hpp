// SMTP replies and EHLO capabilities as values. Pure: no I/O, no allocation beyond the bounds below; every byte is hostile input.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace messo::mail {

// An enhanced status code, class.subject.detail (RFC 3463 §2, registry RFC 5248).
struct EnhancedCode {
  std::uint8_t klass = 0;  // 2, 4 or 5
  std::uint16_t subject = 0;
  std::uint16_t detail = 0;

  bool operator==(const EnhancedCode&) const = default;
  std::string to_string() const;  // "5.1.1"
};

// Reads an enhanced code at the start of a reply text ("5.1.1 no such user"); nullopt when there is none.
// `rest`, when given, becomes the text after the code and its blanks.
std::optional<EnhancedCode> parse_enhanced_code(std::string_view text, std::string_view* rest = nullptr);

// One whole reply (RFC 5321 §4.2).
struct Reply {
  std::uint16_t code = 0;                // 200..599
  std::optional<EnhancedCode> enhanced;  // RFC 2034; only when its class agrees with the code
  std::string text;                      // texts of all lines without codes, joined by LF, control bytes replaced by '?'

  bool positive() const { return code >= 200 && code < 300; }
  bool intermediate() const { return code >= 300 && code < 400; }
  bool temporary() const { return code >= 400 && code < 500; }
  bool permanent() const { return code >= 500; }
};

enum class ReplyFault : std::uint8_t {
  none,
  malformed,       // not three digits followed by blank, hyphen or line end; or codes that differ within one reply
  line_too_long,   // over ReplyParser::max_line bytes without a line end
  too_many_lines,  // over ReplyParser::max_lines in one reply
  too_large,       // over ReplyParser::max_reply bytes in one reply
};
std::string_view to_string(ReplyFault fault);

// Incremental parser: feed() bytes as they come, next() takes whole replies out, in order. Holds at most `max_line` bytes of an
// unfinished line plus `max_reply` bytes of text, whatever the peer sends. A bare LF ends a line too (real servers do that). Once
// faulty it stays so: the dialogue can no longer be trusted.
class ReplyParser {
 public:
  static constexpr std::size_t max_line = 2048;  // RFC 5321 §4.5.3.1.5 asks for 512; some servers send more
  static constexpr std::size_t max_lines = 100;
  static constexpr std::size_t max_reply = 16 * 1024;

  // Consumes bytes up to and including the end of one reply (or all of them) and says how many. Call next() before feeding the
  // remainder.
  std::size_t feed(std::string_view bytes);
  // The reply completed by the last feed(), once.
  std::optional<Reply> next();
  ReplyFault fault() const { return fault_; }
  // True when nothing of a further reply has been read.
  bool at_boundary() const { return line_.empty() && lines_ == 0 && !ready_; }
  void reset();

 private:
  void take_line();

  std::string line_;
  Reply reply_;
  std::size_t lines_ = 0;
  std::size_t bytes_ = 0;
  bool ready_ = false;
  ReplyFault fault_ = ReplyFault::none;
};

// What a server offered in its EHLO reply (RFC 5321 §4.1.1.1).
struct Capabilities {
  bool pipelining = false;             // RFC 2920
  bool eight_bit_mime = false;         // RFC 6152
  bool smtputf8 = false;               // RFC 6531
  bool dsn = false;                    // RFC 3461
  bool enhanced_status_codes = false;  // RFC 2034
  bool starttls = false;               // RFC 3207
  bool size = false;                   // RFC 1870
  std::uint64_t max_size = 0;          // 0: none declared
  bool auth_plain = false;             // RFC 4616
  bool auth_login = false;
  bool auth_xoauth2 = false;
};

// Reads the text of a positive EHLO reply: first line greeting, then one keyword a line. Unknown keywords and broken ones are ignored.
Capabilities parse_capabilities(const Reply& ehlo);

}  // namespace messo::mail
