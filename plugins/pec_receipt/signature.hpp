// The S/MIME signature of a PEC message (RFC 8551 §3.5.3, RFC 5652; RFC 6109 §6). OpenSSL does the work; this says what its answers mean.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "pec_receipt/openssl_handles.hpp"
#include "pec_receipt/receipt.hpp"

namespace messo::pec {

// The signed half of a multipart/signed message, byte for byte as it is signed, and the signature over it. What is believed of a message
// must be read from bytes(), never from the message again: two readers may see two structures in one text.
class SignedPart {
 public:
  // One copy of the signed half is made, line ends as CRLF. Error: invalid, "pec_not_signed", with a sentence that says what is missing.
  static Result<SignedPart> read(std::string_view eml);

  // Valid as long as this object.
  std::string_view bytes() const;

  struct Verdict {
    Verification verification;
    std::string reason;
  };
  // `from`: the message's From address, which must be in the signer's certificate. Certificates are judged at `at_ms`; without it at the
  // signingTime attribute, without that at `certified_ms` (daticert's time), without that (0) now.
  Verdict verify(const Trust& trust, std::string_view from, std::optional<std::int64_t> at_ms, std::int64_t certified_ms) const;

 private:
  BioPtr content_;
  CmsPtr cms_;
};

}  // namespace messo::pec
