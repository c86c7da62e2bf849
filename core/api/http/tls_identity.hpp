// The certificate and private key a TLS listener shows.
#pragma once
#include <openssl/types.h>

#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "base/time.hpp"

namespace messo::http {

// Immutable once read; any thread may use it.
class TlsIdentity {
 public:
  // From PEM files (RFC 7468): the chain with the server's own certificate first, and its key without a passphrase. Errors: invalid, with
  // one field "listen.tls.certificate" or "listen.tls.key" and a sentence on what is wrong: not readable, not PEM, another certificate's
  // key.
  static Result<std::shared_ptr<const TlsIdentity>> read(const std::filesystem::path& certificate, const std::filesystem::path& key);
  ~TlsIdentity();
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;

  // The server's own certificate's notAfter (RFC 5280 §4.1.2.5).
  Instant valid_until() const;
  // In the handshake at hand, from SSL_CTX_set_cert_cb(3); false when OpenSSL refuses it.
  bool show(SSL* connection) const;

 private:
  struct Parts;
  explicit TlsIdentity(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

using TlsIdentityPtr = std::shared_ptr<const TlsIdentity>;

}  // namespace messo::http
