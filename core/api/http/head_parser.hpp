// Reads the head of an HTTP/1.1 request (RFC 9112), strictly. Pure.
//
// Ours and not Poco's: Poco::Net::HTTPRequest takes bare line feeds, folded lines, blanks before the colon and several lengths, all of
// which let a proxy and the hub see different requests in the same bytes. A test compares the two on heads both must accept.
#pragma once
#include <optional>
#include <string>

#include "api/http/message.hpp"

namespace messo::http {

struct HeadLimits {
  std::size_t head_bytes = 32 * 1024;  // 431 beyond
  std::size_t line_bytes = 8 * 1024;   // request line; 414 beyond
  std::size_t fields = 100;            // 431 beyond
  std::size_t parameters = 50;         // 400 beyond
};

// Why a head is refused: the status to answer and a sentence for the sender.
struct Fault {
  int status = 400;
  std::string detail;
};

// Fills `request` from request.head (up to and including the empty line). nullopt when it is sound.
std::optional<Fault> parse_head(Request& request, const HeadLimits& limits);

// Percent-decoding (RFC 3986 §2.1); nullopt for a broken escape, invalid UTF-8 or a control character. `form`: '+' is a blank.
std::optional<std::string> percent_decode(std::string_view text, bool form);

}  // namespace messo::http
