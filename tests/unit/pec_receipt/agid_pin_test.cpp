// AgID CA1 is pinned: other authorities below the same public root are not believed for PEC.
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "pec_fixture.hpp"
#include "pec_receipt/trust_store.hpp"

namespace messo::pec {
namespace {

using KeyPtr = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;

constexpr const char* kAgidIdentifier = "A5FD85050EC3F1D6654A206CE2DB4D60932B8AA0";
using NameParts = std::vector<std::pair<const char*, const char*>>;
const NameParts kAgid{{"C", "IT"},
                      {"L", "Roma"},
                      {"O", "Agenzia per l'Italia Digitale"},
                      {"OU", "Area Soluzioni per la Pubblica Amministrazione"},
                      {"CN", "AgID CA1"}};

struct Made {
  X509Ptr certificate;
  KeyPtr key;
};

// `issuer` null: a root. `identifier`: its subject key identifier, empty for none; `mail`: for a signer.
Made make(const NameParts& name, const Made* issuer, const std::string& identifier, const std::string& mail = {}) {
  Made out{X509Ptr(X509_new()), KeyPtr(EVP_EC_gen("P-256"))};
  X509* raw = out.certificate.get();
  X509_set_version(raw, X509_VERSION_3);
  static long serial = 1;
  ASN1_INTEGER_set(X509_get_serialNumber(raw), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(raw), -86400);
  X509_gmtime_adj(X509_getm_notAfter(raw), 86400);
  X509_set_pubkey(raw, out.key.get());
  for (const auto& [field, value] : name)
    X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value), -1, -1, 0);
  X509_set_issuer_name(raw, X509_get_subject_name(issuer ? issuer->certificate.get() : raw));
  const auto extend = [&](int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer ? issuer->certificate.get() : raw, raw, nullptr, nullptr, 0);
    auto* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    EXPECT_EQ(X509_add_ext(raw, extension, -1), 1) << value;
    X509_EXTENSION_free(extension);
  };
  extend(NID_basic_constraints, mail.empty() ? "critical,CA:TRUE" : "CA:FALSE");
  if (!identifier.empty()) extend(NID_subject_key_identifier, identifier);
  if (!mail.empty()) extend(NID_subject_alt_name, "email:" + mail);
  EXPECT_GT(X509_sign(raw, issuer ? issuer->key.get() : out.key.get(), EVP_sha256()), 0);
  return out;
}

class AgidPin : public PecFixture {
 protected:
  Made root = make({{"CN", "A public root"}}, nullptr, "01");

  // What a receipt below `authority` comes to where AgID CA1 is pinned.
  PecMessage read_below(const Made& authority) {
    const auto signer = make({{"CN", "Gestore X"}}, &authority, "02", "posta-certificata@pec.gestore-x.example");
    const auto& folder = world().authority.folder();
    const peers::CertificateFiles files{folder + "/pin.pem", folder + "/pin.key"};
    save(files.certificate, [&](FILE* out) { return PEM_write_X509(out, signer.certificate.get()); });
    save(files.key, [&](FILE* out) { return PEM_write_PrivateKey(out, signer.key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    save(folder + "/pin-ca.pem", [&](FILE* out) { return PEM_write_X509(out, authority.certificate.get()); });
    const peers::PecProvider provider("Gestore X", "pec.gestore-x.example", files, folder + "/pin-ca.pem");
    const auto trust = agid_ca1_below(root.certificate.get());
    return read_message(make_receipt(provider, original, about("avvenuta-consegna")), &*trust);
  }

  static void save(const std::string& path, const std::function<int(FILE*)>& write) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr) << path;
    EXPECT_EQ(write(file), 1);
    std::fclose(file);
  }
};

TEST_F(AgidPin, a_provider_below_agid_ca1_is_believed) {
  const auto m = read_below(make(kAgid, &root, kAgidIdentifier));
  EXPECT_EQ(m.verification, Verification::valid) << m.verification_reason;
}

TEST_F(AgidPin, another_authority_below_the_same_root_is_not) {
  const auto m = read_below(make({{"CN", "Another CA"}}, &root, "03"));
  EXPECT_EQ(m.verification, Verification::untrusted);
  EXPECT_NE(m.verification_reason.find("was not issued by AgID CA1"), std::string::npos) << m.verification_reason;
  EXPECT_EQ(read_below(make(kAgid, &root, "03")).verification, Verification::untrusted) << "its name with another key";
  EXPECT_EQ(read_below(make({{"CN", "AgID CA1"}}, &root, kAgidIdentifier)).verification, Verification::untrusted)
      << "its key with another name";
}

TEST_F(AgidPin, one_that_calls_itself_agid_ca1_without_the_root_is_not) {
  const auto own_root = make({{"CN", "Not the root"}}, nullptr, "04");
  EXPECT_EQ(read_below(make(kAgid, &own_root, kAgidIdentifier)).verification, Verification::untrusted);
}

TEST_F(AgidPin, an_authority_below_agid_ca1_is_not_it) {
  const auto agid = make(kAgid, &root, kAgidIdentifier);
  EXPECT_EQ(read_below(make({{"CN", "Below"}}, &agid, "05")).verification, Verification::untrusted);
}

TEST_F(AgidPin, the_root_is_found_on_this_system) {
  const auto trust = Trust::agid_ca1();
  EXPECT_TRUE(trust) << trust.error().message;
}

}  // namespace
}  // namespace messo::pec
