// Sealing under the master key (libsodium XChaCha20-Poly1305). Thread-safe.
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace messo::sqlite {

class Sealer {
 public:
  // `master_key` has 32 bytes. Secrets and content get keys of their own, derived from it.
  static Result<Sealer> make(const Secret& master_key);

  enum class Purpose : unsigned char { secret = 0, content = 1 };
  // nonce (24) + cipher text + tag (16). `bound_to` (an id) must be given again to open: sealed bytes moved to another row do not open.
  std::string seal(Purpose purpose, std::string_view bytes, std::string_view bound_to) const;
  // corrupt "cannot_unseal": another key, another row, or damaged bytes.
  Result<std::string> open(Purpose purpose, std::string_view sealed, std::string_view bound_to) const;

 private:
  std::array<Secret, 2> keys_;
};

}  // namespace messo::sqlite
