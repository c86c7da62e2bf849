#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <algorithm>

#include "api/address/address.hpp"

namespace messo::api {

Normalised normalise_webhook(std::string_view text) {
  const auto wrong = [] { return tl::unexpected<std::string>("must be an https address with a host, without user name and fragment"); };
  if (text.size() > 2000 || std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c == 0x7f; })) return wrong();
  try {
    const Poco::URI uri{std::string(text)};
    if (uri.getScheme() != "https" || uri.getHost().empty() || !uri.getUserInfo().empty() || !uri.getFragment().empty()) return wrong();
    return uri.toString();
  } catch (const Poco::Exception&) {
    return wrong();
  }
}

Normalised normalise_push_token(std::string_view text) {
  const bool visible = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (text.empty() || text.size() > 4096 || !visible)
    return tl::unexpected<std::string>("must be a device token of 1 to 4096 visible ASCII characters");
  return std::string(text);
}

}  // namespace messo::api
