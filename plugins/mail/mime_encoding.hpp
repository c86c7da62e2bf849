// The encodings a mail message is written in. Pure; input is UTF-8, output ASCII with CRLF line ends unless said otherwise.
#pragma once
#include <string>
#include <string_view>

namespace messo::mail {

// RFC 2045 §6.7, appended to `out`: lines of at most 76 characters, LF and CRLF and lone CR of the text become CRLF, blanks at line
// ends encoded. A leading "." and "From " are encoded too, so that no relay needs to alter the text.
void append_quoted_printable(std::string& out, std::string_view text);
// RFC 2045 §6.8, appended: lines of 76 characters, each ended by CRLF.
void append_base64_lines(std::string& out, std::string_view bytes);

// Line ends of a text as CRLF (for base64 of text, RFC 2046 §4.1.1).
std::string to_crlf(std::string_view text);

// Whether a text is shorter and more readable in base64: more than a third of its bytes would be escaped.
bool prefers_base64(std::string_view text);

// An unstructured header's value (RFC 2047 §5 (1)), for a line that already has `column` characters: ASCII text as it is, otherwise
// encoded words of at most 75 characters, each with whole characters. Folded at 76 columns by CRLF and blank.
std::string encode_unstructured(std::string_view text, std::size_t column);
// A display name (RFC 2047 §5 (3)): an atom sequence or quoted string when ASCII, encoded words otherwise, folded likewise.
std::string encode_phrase(std::string_view text, std::size_t column);

// A parameter that names a file, e.g. `filename`: an ASCII fallback and, for names that are not plain ASCII or too long, RFC 2231
// continuations in UTF-8 before it. Each on a line of its own: ";\r\n filename*=UTF-8''...;\r\n filename=\"relazione.pdf\"".
std::string file_name_parameters(std::string_view parameter, std::string_view name);

// True when bytes hold CR, LF, NUL or another control character except a tab: never to be put into a header (header injection).
bool has_control(std::string_view text);

// SMTP transparency (RFC 5321 §4.5.2): appends `message` to `out` with a dot put before each line that begins with one, a final CRLF if
// it lacks one, and the closing ".CRLF".
void append_dot_stuffed(std::string& out, std::string_view message);

}  // namespace messo::mail
