#include "pec_receipt/trust.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <iterator>

#include "base/hash.hpp"
#include "pec_receipt/trust_store.hpp"

namespace messo::pec {
namespace {

constexpr std::size_t kMaxRootsFile = std::size_t{1} << 20;
constexpr int kMaxRoots = 1000;

// SHA-256 of the certificate "Actalis Authentication Root CA", valid until 22 September 2030.
constexpr std::string_view kActalisSha256 = "55926084ec963a64b96e2abe01ce0ba86a64fbfebcc7aab5afc155b37fd76066";
constexpr std::pair<const char*, const char*> kActalisName[] = {
    {"C", "IT"}, {"L", "Milan"}, {"O", "Actalis S.p.A./03358520967"}, {"CN", "Actalis Authentication Root CA"}};

constexpr std::pair<const char*, const char*> kAgidName[] = {{"C", "IT"},
                                                             {"L", "Roma"},
                                                             {"O", "Agenzia per l'Italia Digitale"},
                                                             {"OU", "Area Soluzioni per la Pubblica Amministrazione"},
                                                             {"CN", "AgID CA1"}};
constexpr std::string_view kAgidKeyIdentifier = "a5fd85050ec3f1d6654a206ce2db4d60932b8aa0";

X509NamePtr make_name(std::span<const std::pair<const char*, const char*>> parts) {
  X509NamePtr name(X509_NAME_new());
  if (!name) throw std::bad_alloc();
  for (const auto& [field, value] : parts)
    X509_NAME_add_entry_by_txt(name.get(), field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value), -1, -1, 0);
  return name;
}

std::string fingerprint(X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) return {};
  return to_hex({reinterpret_cast<const char*>(digest), size});
}

std::shared_ptr<Trust::Store> make_store() {
  auto store = std::make_shared<Trust::Store>();
  store->anchors.reset(X509_STORE_new());
  store->certificates.reset(sk_X509_new_null());
  if (!store->anchors || !store->certificates) throw std::bad_alloc();
  return store;
}

void add_anchor(Trust::Store& store, X509* certificate) {
  if (X509_STORE_add_cert(store.anchors.get(), certificate) != 1 || X509_up_ref(certificate) != 1) throw std::bad_alloc();
  if (sk_X509_push(store.certificates.get(), certificate) <= 0) throw std::bad_alloc();
}

// Where OpenSSL of this system looks for roots: SSL_CERT_FILE and SSL_CERT_DIR, else the distribution's.
X509Ptr actalis_root() {
  const X509StorePtr system(X509_STORE_new());
  if (!system || X509_STORE_set_default_paths(system.get()) != 1) return nullptr;
  const X509StoreContextPtr context(X509_STORE_CTX_new());
  if (!context || X509_STORE_CTX_init(context.get(), system.get(), nullptr, nullptr) != 1) return nullptr;
  const X509StackPtr found(X509_STORE_CTX_get1_certs(context.get(), make_name(kActalisName).get()));
  for (int i = 0; found && i < sk_X509_num(found.get()); ++i) {
    auto* certificate = sk_X509_value(found.get(), i);
    if (fingerprint(certificate) != kActalisSha256) continue;
    X509_up_ref(certificate);
    return X509Ptr(certificate);
  }
  return nullptr;
}

}  // namespace

bool is_agid_ca1(X509* certificate) {
  const auto* id = X509_get0_subject_key_id(certificate);
  if (!id || to_hex({reinterpret_cast<const char*>(ASN1_STRING_get0_data(id)), static_cast<std::size_t>(ASN1_STRING_length(id))}) !=
                 kAgidKeyIdentifier)
    return false;
  return X509_NAME_cmp(X509_get_subject_name(certificate), make_name(kAgidName).get()) == 0;
}

Result<Trust> agid_ca1_below(X509* root) {
  auto store = make_store();
  add_anchor(*store, root);
  store->only_agid_ca1 = true;
  return Trust(std::move(store));
}

Result<Trust> Trust::agid_ca1() {
  const auto root = actalis_root();
  ERR_clear_error();
  if (!root) {
    return fail(
        ErrorKind::unavailable, "pec_root_missing",
        "this system has no Actalis Authentication Root CA, below which AgID CA1 stands: install the package ca-certificates, or give the "
        "certificates of the PEC authority as a PEM file (roots)");
  }
  return agid_ca1_below(root.get());
}

Result<Trust> Trust::load(const std::filesystem::path& pem) {
  std::ifstream in(pem, std::ios::binary);
  std::error_code ignored;
  if (!in) {
    return std::filesystem::exists(pem, ignored)
               ? fail(ErrorKind::unavailable, "pec_roots_unreadable", "the file of roots " + pem.string() + " may not be read by this user")
               : fail(ErrorKind::not_found, "pec_roots_unreadable", "there is no file of roots " + pem.string());
  }
  std::string text(kMaxRootsFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || std::filesystem::is_directory(pem, ignored))
    return fail(ErrorKind::unavailable, "pec_roots_unreadable", "the file of roots " + pem.string() + " cannot be read");
  auto trust = parse(text);
  if (!trust) trust.error().message = pem.string() + ": " + trust.error().message;
  return trust;
}

Result<Trust> Trust::parse(std::string_view pem) {
  const auto invalid = [](std::string why) { return fail(ErrorKind::invalid, "pec_roots_invalid", std::move(why)); };
  if (pem.size() > kMaxRootsFile) return invalid("a file of roots has at most 1 MiB");
  const BioPtr input(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!input) throw std::bad_alloc();
  auto store = make_store();
  for (int count = 0;; ++count) {
    const X509Ptr certificate(PEM_read_bio_X509(input.get(), nullptr, nullptr, nullptr));
    const auto error = ERR_peek_last_error();
    ERR_clear_error();
    if (certificate) {
      if (count >= kMaxRoots) return invalid("there are more than 1,000 certificates in it");
      add_anchor(*store, certificate.get());
      continue;
    }
    if (ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE)
      return invalid("certificate " + std::to_string(count + 1) + " in it is broken");
    if (count == 0) return invalid("there is no certificate in it: PEM is wanted, the text between BEGIN CERTIFICATE and END CERTIFICATE");
    return Trust(std::move(store));
  }
}

}  // namespace messo::pec
