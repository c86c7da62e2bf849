#include "mail/verp.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/hash.hpp"

namespace messo::mail {
namespace {

constexpr std::string_view alphabet = "0123456789abcdefghijklmnopqrstuv";  // base32hex, RFC 4648 §7, lower case
constexpr std::string_view prefix = "bounce+";
constexpr std::size_t id_length = 26;
constexpr std::size_t tag_bytes = 10;
constexpr std::size_t tag_length = 16;

std::string to_base32(std::string_view bytes) {
  std::string out;
  unsigned buffer = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    buffer = buffer << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) out.push_back(alphabet[buffer >> (bits - 5) & 31]);
  }
  if (bits > 0) out.push_back(alphabet[buffer << (5 - bits) & 31]);
  return out;
}

std::optional<std::string> from_base32(std::string_view text) {
  std::string out;
  unsigned buffer = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos) return {};
    buffer = buffer << 5 | static_cast<unsigned>(value);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    out.push_back(static_cast<char>(buffer >> bits & 255));
  }
  return out;
}

std::string tag_of(std::string_view id, std::string_view key) {
  const auto digest = hmac_sha256(key, std::string("verp ") + std::string(id));
  return to_base32(as_text(digest).substr(0, tag_bytes));
}

}  // namespace

std::string verp_address(const Uuid& delivery, std::string_view domain, std::string_view key) {
  const auto id = to_base32(delivery.view());
  return std::string(prefix) + id + '.' + tag_of(id, key) + '@' + std::string(domain);
}

std::optional<Uuid> delivery_of_verp(std::string_view address, std::string_view key) {
  const auto local = lower_case(std::string(address.substr(0, address.rfind('@'))));
  if (local.size() != prefix.size() + id_length + 1 + tag_length || !local.starts_with(prefix)) return {};
  const auto id = std::string_view(local).substr(prefix.size(), id_length);
  if (local[prefix.size() + id_length] != '.') return {};
  if (!equal_constant_time(std::string_view(local).substr(prefix.size() + id_length + 1), tag_of(id, key))) return {};
  const auto raw = from_base32(id);
  return raw ? Uuid::from_bytes(*raw) : std::nullopt;
}

}  // namespace messo::mail
