#include "evidence/signing.hpp"

#include <sodium.h>

#include <algorithm>

#include "base/hash.hpp"

namespace messo {
namespace {

// RFC 8410 §10.1: everything of the structure but the key itself.
constexpr std::string_view kKeyPrefix("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);
constexpr std::string_view kPemBegin = "-----BEGIN PUBLIC KEY-----", kPemEnd = "-----END PUBLIC KEY-----";

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

bool sodium_works() {
  static const bool works = sodium_init() >= 0;
  return works;
}

}  // namespace

Secret SigningKey::make_seed() {
  std::string seed(kSeedBytes, '\0');
  random_bytes({reinterpret_cast<std::uint8_t*>(seed.data()), seed.size()});
  return Secret(std::move(seed));
}

Result<SigningKey> SigningKey::from_seed(const Secret& seed) {
  static_assert(crypto_sign_PUBLICKEYBYTES == kPublicKeyBytes && crypto_sign_BYTES == kSignatureBytes &&
                crypto_sign_SEEDBYTES == kSeedBytes);
  if (!sodium_works()) return fail(ErrorKind::internal, "no_sodium", "libsodium could not be started.");
  if (seed.reveal().size() != kSeedBytes) return fail(ErrorKind::invalid, "bad_signing_key", "The key that signs evidence is damaged.");
  SigningKey out;
  std::string secret_key(crypto_sign_SECRETKEYBYTES, '\0');
  out.public_key_.resize(kPublicKeyBytes);
  crypto_sign_seed_keypair(bytes_of(out.public_key_), bytes_of(secret_key), bytes_of(seed.reveal()));
  out.secret_key_ = Secret(std::move(secret_key));
  return out;
}

std::string SigningKey::sign(std::string_view bytes) const {
  std::string out(kSignatureBytes, '\0');
  crypto_sign_detached(bytes_of(out), nullptr, bytes_of(bytes), bytes.size(), bytes_of(secret_key_.reveal()));
  return out;
}

bool signature_holds(std::string_view public_key, std::string_view bytes, std::string_view signature) {
  if (!sodium_works() || public_key.size() != kPublicKeyBytes || signature.size() != kSignatureBytes) return false;
  return crypto_sign_verify_detached(bytes_of(signature), bytes_of(bytes), bytes.size(), bytes_of(public_key)) == 0;
}

std::string public_key_to_pem(std::string_view public_key) {
  return std::string(kPemBegin) + '\n' + to_base64(std::string(kKeyPrefix).append(public_key)) + '\n' + std::string(kPemEnd) + '\n';
}

std::optional<std::string> parse_public_key(std::string_view text) {
  std::string bare;
  if (const auto begin = text.find(kPemBegin); begin != std::string_view::npos) {
    const auto end = text.find(kPemEnd, begin);
    if (end == std::string_view::npos) return {};
    text = text.substr(begin + kPemBegin.size(), end - begin - kPemBegin.size());
  }
  std::ranges::copy_if(text, std::back_inserter(bare), [](char c) { return c != '\n' && c != '\r' && c != ' ' && c != '\t'; });
  auto key = bare.size() == 2 * kPublicKeyBytes ? from_hex(bare) : from_base64(bare);
  if (key && key->starts_with(kKeyPrefix)) key->erase(0, kKeyPrefix.size());
  if (!key || key->size() != kPublicKeyBytes) return {};
  return key;
}

}  // namespace messo
