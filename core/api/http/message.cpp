#include "api/http/message.hpp"

#include "base/ascii.hpp"

namespace messo::http {

bool same_name(std::string_view a, std::string_view b) { return equal_ignoring_case(a, b); }

std::optional<std::string_view> Request::field(std::string_view name) const {
  for (const auto& [n, value] : fields) {
    if (same_name(n, name)) return value;
  }
  return {};
}

std::optional<std::string_view> Request::parameter(std::string_view name) const {
  for (const auto& [n, value] : query) {
    if (n == name) return value;
  }
  return {};
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Status";
  }
}

std::string serialize_head(const Response& response, const Request& request, bool keep_alive, std::string_view date) {
  std::string out;
  out.reserve(640);
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ").append(reason_phrase(response.status));
  out.append("\r\nDate: ").append(date);
  if (!response.content_type.empty()) out.append("\r\nContent-Type: ").append(response.content_type);
  out.append("\r\nContent-Length: ").append(std::to_string(response.size()));
  out.append(keep_alive ? "\r\nConnection: keep-alive" : "\r\nConnection: close");
  out.append("\r\nRequest-Id: ").append(request.id);
  for (const auto& [name, value] : response.fields) out.append("\r\n").append(name).append(": ").append(value);
  out.append(
      "\r\nCache-Control: no-store"
      "\r\nX-Content-Type-Options: nosniff"
      "\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'"
      "\r\nReferrer-Policy: no-referrer");
  if (request.peer != nullptr && request.peer->encrypted) out.append("\r\nStrict-Transport-Security: max-age=31536000");
  out.append("\r\n\r\n");
  return out;
}

}  // namespace messo::http
