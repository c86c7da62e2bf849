// Hashes, random bytes and their text forms. All pure or thread-safe.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace messo {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
// SHA-256 in steps, for what does not fit in memory.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void update(std::string_view bytes);
  Sha256 finish();

 private:
  void* context_;
};
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);  // RFC 2104
// Takes the same time whatever the bytes; false when lengths differ.
bool equal_constant_time(std::string_view a, std::string_view b);
// Cryptographically strong; throws std::runtime_error only when the kernel gives none.
void random_bytes(std::span<std::uint8_t> out);

inline std::string_view as_text(std::span<const std::uint8_t> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
std::string to_hex(std::string_view bytes);  // lower case
std::optional<std::string> from_hex(std::string_view text);
std::string to_base64(std::string_view bytes);     // RFC 4648 §4, padded
std::string to_base64url(std::string_view bytes);  // RFC 4648 §5, no padding
// Strict: alphabet, padding and length must be right (white space is not accepted); nullopt otherwise.
std::optional<std::string> from_base64(std::string_view text);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace messo
