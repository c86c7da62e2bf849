// links: messo_evidence
// Hostile evidence: any bytes as an archive, and as the index inside one. Nothing may crash or hang, and what is no archive never holds.
#include <array>
#include <cstdint>
#include <cstdlib>

#include "evidence/verify.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace messo;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static const SigningKey key = *SigningKey::from_seed(Secret(std::string(kSeedBytes, 'f')));
  VerifyOptions options{key.public_key(), {}};
  if (verify_evidence_archive(bytes, options).holds) std::abort();  // nobody else has the key
  const std::string signature = key.sign(bytes), pem = public_key_to_pem(key.public_key());
  const std::array files{ArchivedFile{std::string(kIndexFile), bytes, true}, ArchivedFile{std::string(kSignatureFile), signature, true},
                         ArchivedFile{std::string(kKeyFile), pem, true}};
  const auto report = verify_evidence(files, options);
  if (report.checks.empty()) std::abort();
  (void)parse_public_key(bytes);
  return 0;
}
