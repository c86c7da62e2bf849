#include "peers/test_certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace messo::peers {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using File = std::unique_ptr<FILE, int (*)(FILE*)>;

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("test certificates: ") + what);
}

Key new_key() {
  Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  check(key != nullptr, "key");
  return key;
}

File open_file(const std::string& path, const char* mode) {
  File file(std::fopen(path.c_str(), mode), std::fclose);
  check(file != nullptr, path.c_str());
  return file;
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()),
                                                                            X509_EXTENSION_free);
  check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value.c_str());
}

struct Request {
  std::string name, alternative_names;
  int from_days, to_days;
  bool authority;
};

// Issuer null: signed by itself.
Certificate make(const Request& request, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
  static long serial = 1000;
  Certificate certificate(X509_new(), X509_free);
  X509* raw = certificate.get();
  X509_set_version(raw, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(raw), long{86400} * request.from_days);
  X509_gmtime_adj(X509_getm_notAfter(raw), long{86400} * request.to_days);
  X509_set_pubkey(raw, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(request.name.c_str()),
                             -1, -1, 0);
  X509* parent = issuer ? issuer : raw;
  X509_set_issuer_name(raw, X509_get_subject_name(parent));
  add_extension(raw, parent, NID_basic_constraints, request.authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (request.authority) add_extension(raw, parent, NID_key_usage, "critical,keyCertSign,cRLSign");
  if (!request.alternative_names.empty()) add_extension(raw, parent, NID_subject_alt_name, request.alternative_names);
  check(X509_sign(raw, issuer_key ? issuer_key : key, EVP_sha256()) > 0, "sign");
  return certificate;
}

CertificateFiles save(const std::string& folder, const std::string& name, X509* certificate, EVP_PKEY* key) {
  CertificateFiles files{folder + "/" + name + ".pem", folder + "/" + name + ".key"};
  check(PEM_write_X509(open_file(files.certificate, "w").get(), certificate) == 1, "write certificate");
  check(PEM_write_PrivateKey(open_file(files.key, "w").get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "write key");
  return files;
}

}  // namespace

TestAuthority::TestAuthority() {
  std::string pattern = std::filesystem::temp_directory_path().string() + "/messo-ca-XXXXXX";
  check(::mkdtemp(pattern.data()) != nullptr, "temporary folder");
  folder_ = pattern;
  const auto key = new_key();
  const auto certificate = make({"Messo test authority", "", -1, 30, true}, key.get(), nullptr, nullptr);
  ca_ = save(folder_, "ca", certificate.get(), key.get());
}

TestAuthority::~TestAuthority() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

CertificateFiles TestAuthority::issue(const std::string& name, const std::string& alternative_names, int from_days, int to_days) {
  const Certificate issuer(PEM_read_X509(open_file(ca_.certificate, "r").get(), nullptr, nullptr, nullptr), X509_free);
  const Key issuer_key(PEM_read_PrivateKey(open_file(ca_.key, "r").get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  check(issuer && issuer_key, "read authority");
  const auto key = new_key();
  const auto certificate = make({name, alternative_names, from_days, to_days, false}, key.get(), issuer.get(), issuer_key.get());
  return save(folder_, name, certificate.get(), key.get());
}

CertificateFiles TestAuthority::self_signed(const std::string& name, const std::string& alternative_names) {
  const auto key = new_key();
  const auto certificate = make({name, alternative_names, -1, 30, false}, key.get(), nullptr, nullptr);
  return save(folder_, name + "-self", certificate.get(), key.get());
}

}  // namespace messo::peers
