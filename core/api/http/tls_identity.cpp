#include "api/http/tls_identity.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

namespace messo::http {
namespace {

constexpr std::string_view kCertificateField = "listen.tls.certificate";
constexpr std::string_view kKeyField = "listen.tls.key";

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

auto wrong_file(std::string_view field, const std::filesystem::path& path, const std::string& why) {
  ERR_clear_error();  // of this thread: nothing of it may turn up in another connection's errors
  return fail_field(std::string(field), "tls_identity", path.string() + " " + why);
}

Result<std::string> read_pem(std::string_view field, const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (in && text) return text.str();
  return wrong_file(
      field, path,
      "cannot be read (" + std::generic_category().message(errno) + "): give its path, and the daemon's user the right to read it");
}

// A passphrase nobody is there to type: none.
int no_passphrase(char*, int, int, void*) { return 0; }

}  // namespace

struct TlsIdentity::Parts {
  X509* own = nullptr;
  STACK_OF(X509) * above = sk_X509_new_null();
  EVP_PKEY* key = nullptr;

  Parts() = default;
  ~Parts() {
    X509_free(own);
    sk_X509_pop_free(above, X509_free);
    EVP_PKEY_free(key);
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
};

TlsIdentity::TlsIdentity(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TlsIdentity::~TlsIdentity() = default;

Result<TlsIdentityPtr> TlsIdentity::read(const std::filesystem::path& certificate, const std::filesystem::path& key) {
  const auto chain_text = read_pem(kCertificateField, certificate);
  if (!chain_text) return fail(Error(chain_text.error()));
  const auto key_text = read_pem(kKeyField, key);
  if (!key_text) return fail(Error(key_text.error()));

  auto parts = std::make_unique<Parts>();
  const Bio chain_input(BIO_new_mem_buf(chain_text->data(), static_cast<int>(chain_text->size())), BIO_free);
  parts->own = PEM_read_bio_X509_AUX(chain_input.get(), nullptr, no_passphrase, nullptr);
  if (parts->own == nullptr) return wrong_file(kCertificateField, certificate, "holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  while (X509* next = PEM_read_bio_X509(chain_input.get(), nullptr, no_passphrase, nullptr)) sk_X509_push(parts->above, next);

  const Bio key_input(BIO_new_mem_buf(key_text->data(), static_cast<int>(key_text->size())), BIO_free);
  parts->key = PEM_read_bio_PrivateKey(key_input.get(), nullptr, no_passphrase, nullptr);
  if (parts->key == nullptr) return wrong_file(kKeyField, key, "holds no private key in PEM that can be read without a passphrase");
  if (X509_check_private_key(parts->own, parts->key) != 1)
    return wrong_file(kKeyField, key, "is not the key of the certificate in " + certificate.string());
  ERR_clear_error();  // the end of the chain counts as one
  return TlsIdentityPtr(new TlsIdentity(std::move(parts)));
}

Instant TlsIdentity::valid_until() const {
  std::tm end{};
  ASN1_TIME_to_tm(X509_get0_notAfter(parts_->own), &end);
  return Instant{Seconds{::timegm(&end)}};
}

bool TlsIdentity::show(SSL* connection) const { return SSL_use_cert_and_key(connection, parts_->own, parts_->key, parts_->above, 1) == 1; }

}  // namespace messo::http
