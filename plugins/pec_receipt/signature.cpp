#include "pec_receipt/signature.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/time.hpp"
#include "pec_receipt/trust_store.hpp"

namespace messo::pec {
namespace {

constexpr int kMaxSignatureCertificates = 16;

using Verdict = SignedPart::Verdict;

Verdict refused(std::string why) { return {Verification::invalid, std::move(why)}; }

BioPtr reader_of(std::string_view bytes) {
  BioPtr out(BIO_new_mem_buf(bytes.empty() ? "" : bytes.data(), static_cast<int>(bytes.size())));
  if (!out) throw std::bad_alloc();
  return out;
}

std::string last_openssl_reason() {
  const auto code = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason ? reason : "unknown";
}

// SHA-1 stays: receipts of before 2016 have it, and nobody can make a provider sign one half of a collision.
bool is_known_digest(const X509_ALGOR* algorithm) {
  static constexpr std::array known{NID_sha1, NID_sha224, NID_sha256, NID_sha384, NID_sha512};
  const ASN1_OBJECT* id = nullptr;
  X509_ALGOR_get0(&id, nullptr, nullptr, algorithm);
  return std::ranges::find(known, OBJ_obj2nid(id)) != known.end();
}

std::optional<std::time_t> unix_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return timegm(&parts);
}

// RFC 5652 §11.3: a signed attribute.
std::optional<std::time_t> signing_time(CMS_SignerInfo* signer) {
  for (const int type : {V_ASN1_UTCTIME, V_ASN1_GENERALIZEDTIME}) {
    const auto* time =
        static_cast<const ASN1_TIME*>(CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(NID_pkcs9_signingTime), /*last unique*/ -3, type));
    if (time) return unix_time(time);
  }
  ERR_clear_error();
  return std::nullopt;
}

// The mail addresses of a certificate: its subjectAltName's and, as older ones have it, its subject's.
bool names_address(X509* certificate, std::string_view address) {
  auto* emails = X509_get1_email(certificate);
  bool found = false;
  for (int i = 0; i < sk_OPENSSL_STRING_num(emails); ++i) found = found || same_address(sk_OPENSSL_STRING_value(emails, i), address);
  X509_email_free(emails);
  return found && !address.empty();
}

std::string common_name(X509* certificate) {
  auto* name = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return "(no name)";
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (size < 0) return "(no name)";
  std::string out(reinterpret_cast<const char*>(text), std::min<std::size_t>(static_cast<std::size_t>(size), 200));
  OPENSSL_free(text);
  return out;
}

Verdict chain_verdict(int error, X509* at_fault, const std::string& when) {
  const std::string who = at_fault ? "the certificate of " + common_name(at_fault) : "a certificate";
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return {Verification::expired, who + " was no longer valid at " + when};
    case X509_V_ERR_CERT_NOT_YET_VALID: return {Verification::expired, who + " was not valid yet at " + when};
    default: return {Verification::untrusted, who + " does not lead to a trusted authority: " + X509_verify_cert_error_string(error)};
  }
}

Verdict judge_chain(const Trust::Store& trust, X509* signer, STACK_OF(X509) * sent, std::time_t when) {
  const X509StoreContextPtr context(X509_STORE_CTX_new());
  if (!context || X509_STORE_CTX_init(context.get(), trust.anchors.get(), signer, sent) != 1) throw std::bad_alloc();
  X509_STORE_CTX_set_default(context.get(), "smime_sign");
  auto* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_auth_level(parameters, 0);
  X509_VERIFY_PARAM_set_time(parameters, when);
  const auto shown = to_rfc3339(from_unix_ms(std::int64_t{when} * 1000));
  const int good = X509_verify_cert(context.get());
  const int error = X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  if (good != 1 || error != X509_V_OK) return chain_verdict(error, X509_STORE_CTX_get_current_cert(context.get()), shown);
  auto* chain = X509_STORE_CTX_get0_chain(context.get());
  if (trust.only_agid_ca1 && (sk_X509_num(chain) < 2 || !is_agid_ca1(sk_X509_value(chain, 1))))
    return {Verification::untrusted, "the certificate of " + common_name(signer) + " was not issued by AgID CA1"};
  return {Verification::valid, "signed by " + common_name(signer) + ", trusted at " + shown};
}

}  // namespace

Result<SignedPart> SignedPart::read(std::string_view eml) {
  SignedPart out;
  const BioPtr input(reader_of(eml));
  BIO* content = nullptr;
  out.cms_.reset(SMIME_read_CMS(input.get(), &content));
  out.content_.reset(content);
  const auto reason = last_openssl_reason();
  if (!out.cms_ || !out.content_)
    return fail(ErrorKind::invalid, "pec_not_signed",
                "the message is not multipart/signed, or its signature cannot be read (" + reason + ")");
  if (OBJ_obj2nid(CMS_get0_type(out.cms_.get())) != NID_pkcs7_signed)
    return fail(ErrorKind::invalid, "pec_not_signed", "smime.p7s is no signature");
  return out;
}

std::string_view SignedPart::bytes() const {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(content_.get(), &data);
  return size > 0 ? std::string_view(data, static_cast<std::size_t>(size)) : std::string_view();
}

Verdict SignedPart::verify(const Trust& trust, std::string_view from, std::optional<std::int64_t> at_ms, std::int64_t certified_ms) const {
  auto* signers = CMS_get0_SignerInfos(cms_.get());
  if (sk_CMS_SignerInfo_num(signers) != 1) return refused("the signature has not exactly one signer");
  auto* info = sk_CMS_SignerInfo_value(signers, 0);
  X509_ALGOR* digest = nullptr;
  CMS_SignerInfo_get0_algs(info, nullptr, nullptr, &digest, nullptr);
  if (!is_known_digest(digest)) return refused("the signature is made with a digest that is not safe");
  const X509StackPtr sent(CMS_get1_certs(cms_.get()));
  if (sk_X509_num(sent.get()) > kMaxSignatureCertificates) return refused("the signature brings too many certificates");

  const auto content = bytes();
  const BioPtr input(reader_of(content));
  // Another content inside the signature would be verified instead of what the message shows.
  if (auto* inside = CMS_get0_content(cms_.get()); inside && *inside) return refused("the signature has a content of its own");
  const auto& store = trust.store();
  if (CMS_verify(cms_.get(), store.certificates.get(), nullptr, input.get(), nullptr, CMS_NO_SIGNER_CERT_VERIFY) != 1)
    return refused("the signature does not fit the message (" + last_openssl_reason() + ")");
  const X509BorrowedStackPtr used(CMS_get0_signers(cms_.get()));
  auto* signer = used ? sk_X509_value(used.get(), 0) : nullptr;
  if (!signer) return refused("the signature does not say who signed");
  if (!names_address(signer, from))
    return refused("the message was signed by " + common_name(signer) + ", whose certificate does not name the sender's address");

  std::time_t when = std::time(nullptr);
  if (at_ms) {
    when = *at_ms / 1000;
  } else if (const auto signed_at = signing_time(info)) {
    when = *signed_at;
  } else if (certified_ms != 0) {
    when = certified_ms / 1000;
  }
  return judge_chain(store, signer, sent.get(), when);
}

}  // namespace messo::pec
