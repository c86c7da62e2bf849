#include "store/sqlite/seal.hpp"

#include <sodium.h>

namespace messo::sqlite {
namespace {

constexpr char kContext[] = "messosea";  // crypto_kdf_CONTEXTBYTES; never changes
constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

Result<Sealer> Sealer::make(const Secret& master_key) {
  if (sodium_init() < 0) return fail(ErrorKind::internal, "no_sodium", "libsodium could not be started.");
  if (master_key.reveal().size() != crypto_kdf_KEYBYTES) {
    return fail(ErrorKind::invalid, "bad_master_key", "The master key must have exactly 32 bytes.");
  }
  Sealer out;
  for (std::size_t i = 0; i < out.keys_.size(); ++i) {
    std::string key(crypto_aead_xchacha20poly1305_ietf_KEYBYTES, '\0');
    crypto_kdf_derive_from_key(raw(key), key.size(), i + 1, kContext, raw(master_key.reveal()));
    out.keys_[i] = Secret(std::move(key));
  }
  return out;
}

std::string Sealer::seal(Purpose purpose, std::string_view bytes, std::string_view bound_to) const {
  std::string out(kNonce + bytes.size() + kTag, '\0');
  randombytes_buf(out.data(), kNonce);
  crypto_aead_xchacha20poly1305_ietf_encrypt(raw(out) + kNonce, nullptr, raw(bytes), bytes.size(), raw(bound_to), bound_to.size(), nullptr,
                                             raw(out), raw(keys_[static_cast<std::size_t>(purpose)].reveal()));
  return out;
}

Result<std::string> Sealer::open(Purpose purpose, std::string_view sealed, std::string_view bound_to) const {
  const auto refused = [] {
    return fail(ErrorKind::corrupt, "cannot_unseal", "Sealed data could not be opened: another master key, or it is damaged.");
  };
  if (sealed.size() < kNonce + kTag) return refused();
  std::string out(sealed.size() - kNonce - kTag, '\0');
  const int code =
      crypto_aead_xchacha20poly1305_ietf_decrypt(raw(out), nullptr, nullptr, raw(sealed) + kNonce, sealed.size() - kNonce, raw(bound_to),
                                                 bound_to.size(), raw(sealed), raw(keys_[static_cast<std::size_t>(purpose)].reveal()));
  if (code != 0) return refused();
  return out;
}

}  // namespace messo::sqlite
