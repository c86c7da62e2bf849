#include "sms_http/callback_proof.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "base/hash.hpp"

namespace messo::sms_http {
namespace {

using Call = plugin::TakesReceiptCalls::Call;

std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (HMAC(digest, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out,
           &length) == nullptr)
    return {};
  return {reinterpret_cast<const char*>(out), length};
}

const EVP_MD* digest_of(CallbackShape::Digest digest) {
  switch (digest) {
    case CallbackShape::Digest::sha1: return EVP_sha1();
    case CallbackShape::Digest::sha256: return EVP_sha256();
    case CallbackShape::Digest::sha512: return EVP_sha512();
  }
  return EVP_sha256();
}

std::string header_of(const Values& headers, const std::string& name) {
  const auto at = headers.find(name);
  return at == headers.end() ? std::string() : at->second;
}

// The address without its port: proxies before the hub add one, or take it away.
std::string without_port(const std::string& url) {
  const auto host = url.find("://");
  if (host == std::string::npos) return url;
  const auto path = std::min(url.find('/', host + 3), url.size());
  const auto colon = url.rfind(':', path);
  if (colon == std::string::npos || colon < host + 3 || url.find(']', colon) < path) return url;
  return url.substr(0, colon) + url.substr(path);
}

// As the gateway was told, and as the hub believes it was written.
std::vector<std::string> addresses_of(const Settings& settings, const Call& call) {
  std::vector<std::string> out;
  if (!settings.callback_url.empty()) out.push_back(settings.callback_url + (call.query.empty() ? "" : "?" + std::string(call.query)));
  out.emplace_back(call.url);
  for (std::size_t i = 0, most = out.size(); i < most; ++i) out.push_back(without_port(out[i]));
  return out;
}

bool signed_by_twilio(const Settings& settings, const Call& call, std::string_view secret, std::string_view signature) {
  const Parameters body = form_parameters(call.body);
  bool same = false;
  for (const auto& url : addresses_of(settings, call)) same |= equal_constant_time(twilio_signature(secret, url, body), signature);
  return same;
}

bool shows(const CallbackShape& shape, const Settings& settings, const Call& call, const Values& headers, const std::string& secret) {
  std::string shown = shape.header.empty() ? std::string() : header_of(headers, shape.header);
  if (!shown.starts_with(shape.prefix)) return false;
  shown.erase(0, shape.prefix.size());
  switch (shape.proof) {
    case CallbackShape::Proof::address: return false;
    case CallbackShape::Proof::twilio: return signed_by_twilio(settings, call, secret, shown);
    case CallbackShape::Proof::hmac: {
      const auto right = hmac(digest_of(shape.digest), secret, call.body);
      return equal_constant_time(shape.base64 ? to_base64(right) : to_hex(right), shape.base64 ? shown : lower_case(shown));
    }
    case CallbackShape::Proof::secret: {
      if (!shape.header.empty()) return equal_constant_time(secret, shown);
      bool same = false;
      for (const auto text : {call.query, call.body}) {
        for (const auto& [name, value] : form_parameters(text)) same |= name == shape.parameter && equal_constant_time(secret, value);
      }
      return same;
    }
  }
  return false;
}

}  // namespace

std::string twilio_signature(std::string_view auth_token, std::string_view url, const Parameters& body) {
  Parameters sorted = body;
  std::ranges::sort(sorted);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::string text(url);
  for (const auto& [name, value] : sorted) text += name + value;
  return to_base64(hmac(EVP_sha1(), auth_token, text));
}

std::optional<messo_verification> proof_of(const Settings& settings, const Call& call, const Values& headers) {
  const CallbackShape& shape = *settings.description.callback;
  if (shape.proof == CallbackShape::Proof::address) return MESSO_NOT_CHECKED;
  const std::string secret = shape.secret.render(settings.values);
  if (secret.empty()) return shape.optional ? std::optional(MESSO_NOT_CHECKED) : std::nullopt;
  return shows(shape, settings, call, headers, secret) ? std::optional(MESSO_VALID) : std::nullopt;
}

}  // namespace messo::sms_http
