// The key that signs evidence: Ed25519 (RFC 8032) of libsodium. Thread-safe once made.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace messo {

inline constexpr std::size_t kPublicKeyBytes = 32, kSignatureBytes = 64, kSeedBytes = 32;

class SigningKey {
 public:
  // A new key's seed: 32 random bytes.
  static Secret make_seed();
  // invalid "bad_signing_key" when the seed has another length.
  static Result<SigningKey> from_seed(const Secret& seed);

  std::string sign(std::string_view bytes) const;  // 64 bytes
  const std::string& public_key() const { return public_key_; }

 private:
  Secret secret_key_;
  std::string public_key_;
};

// False too when key or signature have not the right length.
bool signature_holds(std::string_view public_key, std::string_view bytes, std::string_view signature);

// SubjectPublicKeyInfo (RFC 8410 §4) in PEM, as openssl reads it.
std::string public_key_to_pem(std::string_view public_key);
// PEM, base64 or hexadecimal; nullopt for anything else.
std::optional<std::string> parse_public_key(std::string_view text);

}  // namespace messo
