#include "peers/pec_receipts.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <stdexcept>

#include "base/freed_by.hpp"
#include "base/hash.hpp"
#include "mail/mime_encoding.hpp"
#include "peers/gmime_message.hpp"

namespace messo::peers {
namespace {

template <class T, auto Free>
using Handle = std::unique_ptr<T, FreedBy<Free>>;

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("PEC receipts: ") + what);
}

Handle<BIO, BIO_free> read_file(const std::string& path) {
  Handle<BIO, BIO_free> file(BIO_new_file(path.c_str(), "r"));
  require(file != nullptr, path.c_str());
  return file;
}

std::string random_hex(std::size_t bytes) {
  std::string out(bytes, '\0');
  require(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(bytes)) == 1, "random bytes");
  return to_hex(out);
}

std::int64_t time_of(const PecReceipt& receipt) {
  if (receipt.at_ms != 0) return receipt.at_ms;
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The local legal time.
std::tm local_parts(const PecReceipt& receipt) {
  return fmt::gmtime(static_cast<std::time_t>(time_of(receipt) / 1000 + receipt.zone_minutes * 60));
}

std::string zone_of(const PecReceipt& receipt) {
  const int minutes = std::abs(receipt.zone_minutes);
  return fmt::format("{}{:02}{:02}", receipt.zone_minutes < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  return out;
}

std::string latin1(std::string_view utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if ((c == 0xC2 || c == 0xC3) && i + 1 < utf8.size()) {
      out += static_cast<char>((c & 0x03) << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3F));
    } else if (c >= 0xC0) {
      out += '?';
    }
  }
  return out;
}

// What each tipo looks like to people.
struct NoticeWords {
  std::string_view tipo, subject, sentence;
};
constexpr NoticeWords kNoticeWords[] = {
    {"accettazione", "ACCETTAZIONE: ", "è stato accettato dal sistema ed inoltrato."},
    {"non-accettazione", "AVVISO DI NON ACCETTAZIONE: ", "non è stato accettato dal sistema."},
    {"presa-in-carico", "PRESA IN CARICO: ", "è stato preso in carico dal sistema."},
    {"avvenuta-consegna", "CONSEGNA: ", "è stato consegnato nella casella di destinazione."},
    {"errore-consegna", "AVVISO DI MANCATA CONSEGNA: ", "è stato rifiutato dal sistema."},
    {"preavviso-errore-consegna", "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO: ", "non è stato ancora consegnato."},
    {"rilevazione-virus", "PROBLEMA DI SICUREZZA: ", "contiene un virus informatico."},
    {"posta-certificata", "POSTA CERTIFICATA: ", "è allegato in originale."},
};

const NoticeWords& words_of(std::string_view tipo) {
  for (const auto& words : kNoticeWords) {
    if (words.tipo == tipo) return words;
  }
  return kNoticeWords[0];
}

std::string subject_of(const PecOriginal& original, const PecReceipt& receipt) {
  std::string prefix(words_of(receipt.tipo).subject);
  if (receipt.errore == "virus" && prefix.starts_with("AVVISO DI ")) prefix.insert(prefix.size() - 2, " PER VIRUS");
  return prefix + original.subject;
}

std::string text_parts(const PecOriginal& original, const PecReceipt& receipt, const std::string& boundary) {
  const auto now = local_parts(receipt);
  std::string text = fmt::format("Il giorno {:%d/%m/%Y} alle ore {:%H:%M:%S} ({}) il messaggio\n\"{}\" proveniente da \"{}\"\n", now, now,
                                 zone_of(receipt), original.subject, original.sender);
  if (receipt.consegna.empty()) {
    text += "ed indirizzato a:\n";
    for (const auto& r : original.recipients)
      text += fmt::format("{} (\"posta {}\")\n", r.address, r.external ? "ordinaria" : "certificata");
  } else {
    text += fmt::format("ed indirizzato a \"{}\"\n", receipt.consegna);
  }
  text += fmt::format("{}\nIdentificativo messaggio: {}\n", words_of(receipt.tipo).sentence, original.identificativo);
  const auto part = [](std::string_view type, const std::string& body) {
    std::string out = fmt::format("Content-Type: {}; charset=\"iso-8859-1\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", type);
    mail::append_quoted_printable(out, latin1(body));
    return out;
  };
  if (receipt.plain_text_only) return part("text/plain", text);
  std::string out = fmt::format("Content-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n", boundary);
  out += "--" + boundary + "\r\n" + part("text/plain", text);
  out += "\r\n--" + boundary + "\r\n" + part("text/html", "<html><body><pre>" + escaped(text) + "</pre></body></html>\n");
  return out + "\r\n--" + boundary + "--\r\n";
}

std::string daticert_part(std::string_view xml) {
  std::string out =
      "Content-Type: application/xml; name=\"daticert.xml\"\r\nContent-Disposition: inline; filename=\"daticert.xml\"\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\n";
  mail::append_base64_lines(out, xml);
  return out;
}

std::string postacert_part(std::string_view eml) {
  return "Content-Type: message/rfc822; name=\"postacert.eml\"\r\nContent-Disposition: inline; filename=\"postacert.eml\"\r\n"
         "Content-Transfer-Encoding: 7bit\r\n\r\n" +
         std::string(eml) + (eml.ends_with("\r\n") ? "" : "\r\n");
}

// What is signed: multipart/mixed of the parts.
std::string mixed(const std::vector<std::string>& parts, const std::string& boundary) {
  std::string out = fmt::format("Content-Type: multipart/mixed; boundary=\"{}\"\r\n\r\n", boundary);
  for (const auto& part : parts) out += "--" + boundary + "\r\n" + part + "\r\n";
  return out + "--" + boundary + "--\r\n";
}

std::string bytes_of(GMimeStream* stream) {
  const auto* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

std::string sha1_hex(std::string_view bytes) {
  std::array<unsigned char, 20> digest{};
  require(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha1(), nullptr) == 1, "SHA-1");
  return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// A breve receipt: in the place of a part with a name, the hash of its bytes as they stand in the message.
void hash_named_parts(GMimeObject*, GMimeObject* part, gpointer) {
  if (!GMIME_IS_PART(part)) return;
  const char* name = g_mime_part_get_filename(GMIME_PART(part));
  if (!name) return;
  const GObject<GMimeStream> encoded(g_mime_stream_mem_new());
  auto* content = g_mime_data_wrapper_get_stream(g_mime_part_get_content(GMIME_PART(part)));
  g_mime_stream_reset(content);
  g_mime_stream_write_to_stream(content, encoded.get());
  const auto hash = sha1_hex(bytes_of(encoded.get()));
  const std::string hash_name = std::string(name) + ".hash";
  const GObject<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(hash.data(), hash.size()));
  const GObject<GMimeDataWrapper> wrapper(g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_7BIT));
  const GObject<GMimeContentType> type(g_mime_content_type_new("text", "plain"));
  g_mime_object_set_content_type(part, type.get());
  g_mime_part_set_content(GMIME_PART(part), wrapper.get());
  g_mime_part_set_content_encoding(GMIME_PART(part), GMIME_CONTENT_ENCODING_7BIT);
  g_mime_part_set_filename(GMIME_PART(part), hash_name.c_str());
}

}  // namespace

struct PecProvider::Keys {
  std::string name, domain;
  Handle<EVP_PKEY, EVP_PKEY_free> key;
  Handle<X509, X509_free> certificate, issuer;
};

PecProvider::PecProvider(TestAuthority& authority, const std::string& name, const std::string& domain)
    : PecProvider(name, domain, authority.issue(name, "email:posta-certificata@" + domain), authority.ca_file()) {}

PecProvider::PecProvider(const std::string& name, const std::string& domain, const CertificateFiles& signer, const std::string& ca_file) {
  auto keys = std::make_shared<Keys>();
  keys->name = name;
  keys->domain = domain;
  keys->certificate.reset(PEM_read_bio_X509(read_file(signer.certificate).get(), nullptr, nullptr, nullptr));
  keys->key.reset(PEM_read_bio_PrivateKey(read_file(signer.key).get(), nullptr, nullptr, nullptr));
  if (!ca_file.empty()) keys->issuer.reset(PEM_read_bio_X509(read_file(ca_file).get(), nullptr, nullptr, nullptr));
  require(keys->certificate && keys->key, "the signer's certificate or key");
  keys_ = std::move(keys);
}

const std::string& PecProvider::name() const { return keys_->name; }
const std::string& PecProvider::domain() const { return keys_->domain; }
std::string PecProvider::address() const { return "posta-certificata@" + keys_->domain; }
std::string PecProvider::new_id(std::string_view kind) const { return fmt::format("{}.{}@{}", kind, random_hex(10), keys_->domain); }

namespace {

std::string signature_of(const PecProvider& issuer, std::string_view content, const PecReceipt& receipt) {
  const auto& keys = issuer.keys();
  const unsigned flags = CMS_DETACHED | CMS_PARTIAL | CMS_BINARY;
  const Handle<BIO, BIO_free> data(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  const Handle<CMS_ContentInfo, CMS_ContentInfo_free> cms(CMS_sign(nullptr, nullptr, nullptr, data.get(), flags));
  require(cms != nullptr, "CMS");
  auto* signer = CMS_add1_signer(cms.get(), keys.certificate.get(), keys.key.get(), receipt.sha1 ? EVP_sha1() : EVP_sha256(),
                                 flags | (receipt.signing_time ? 0U : static_cast<unsigned>(CMS_NOATTR)));
  require(signer != nullptr, "signer");
  if (receipt.signing_time) {
    const Handle<ASN1_TIME, ASN1_TIME_free> time(ASN1_TIME_set(nullptr, static_cast<std::time_t>(time_of(receipt) / 1000)));
    require(CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, time->type, time.get(), -1) == 1, "signingTime");
  }
  if (keys.issuer) CMS_add1_cert(cms.get(), keys.issuer.get());
  require(CMS_final(cms.get(), data.get(), nullptr, flags) == 1, "signing");
  const Handle<BIO, BIO_free> der(BIO_new(BIO_s_mem()));
  require(i2d_CMS_bio(der.get(), cms.get()) == 1, "DER");
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(der.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

// The body of multipart/signed, with its own Content-Type field before it.
std::string signed_body(const PecProvider& issuer, const std::string& content, const PecReceipt& receipt) {
  const auto boundary = "sig-" + random_hex(12);
  // The line end before a boundary belongs to the boundary (RFC 2046 §5.1.1).
  const auto covered = std::string_view(content).substr(0, content.size() - 2);
  std::string out = fmt::format(
      "Content-Type: multipart/signed; protocol=\"application/{}pkcs7-signature\"; micalg={}; boundary=\"{}\"\r\n\r\n"
      "This is an S/MIME signed message\r\n\r\n--{}\r\n{}\r\n--{}\r\n",
      receipt.sha1 ? "x-" : "", receipt.sha1 ? "\"sha1\"" : "sha-256", boundary, boundary, covered, boundary);
  out += fmt::format(
      "Content-Type: application/{}pkcs7-signature; name=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64\r\n"
      "Content-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n",
      receipt.sha1 ? "x-" : "");
  mail::append_base64_lines(out, signature_of(issuer, covered, receipt));
  return out + "\r\n--" + boundary + "--\r\n";
}

std::string common_header(const PecProvider& issuer, const PecReceipt& receipt, std::string_view to, std::string_view subject,
                          std::string_view own_id) {
  const auto now = local_parts(receipt);
  const std::string from = receipt.from.empty() ? issuer.address() : receipt.from;
  return fmt::format("Date: {:%a, %d %b %Y %H:%M:%S} {}\r\nSubject: {}\r\nFrom: {}\r\nTo: {}\r\nMessage-ID: <{}>\r\nMIME-Version: 1.0\r\n",
                     now, zone_of(receipt), mail::encode_unstructured(subject, 9), from, to, own_id);
}

std::vector<std::string> parts_of(const PecProvider& issuer, const PecOriginal& original, const PecReceipt& receipt,
                                  const std::string& postacert) {
  std::vector<std::string> parts{text_parts(original, receipt, "alt-" + random_hex(12))};
  parts.push_back(daticert_part(receipt.xml.empty() ? daticert_xml(issuer, original, receipt) : receipt.xml));
  if (!receipt.second_xml.empty()) parts.push_back(daticert_part(receipt.second_xml));
  if (!postacert.empty()) {
    parts.insert(receipt.daticert_last ? parts.begin() + 1 : parts.end(), postacert_part(postacert));
  }
  return parts;
}

}  // namespace

std::string daticert_xml(const PecProvider& issuer, const PecOriginal& original, const PecReceipt& receipt) {
  const auto now = local_parts(receipt);
  std::string out = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<postacert tipo=\"{}\" errore=\"{}\">\n    <intestazione>\n",
                                receipt.tipo, receipt.errore);
  out += fmt::format("        <mittente>{}</mittente>\n", escaped(original.sender));
  for (const auto& r : original.recipients)
    out += fmt::format("        <destinatari tipo=\"{}\">{}</destinatari>\n", r.external ? "esterno" : "certificato", escaped(r.address));
  out += fmt::format("        <risposte>{}</risposte>\n        <oggetto>{}</oggetto>\n    </intestazione>\n    <dati>\n",
                     escaped(original.sender), escaped(original.subject));
  out += fmt::format(
      "        <gestore-emittente>{}</gestore-emittente>\n        <data zona=\"{}\">\n            <giorno>{:%d/%m/%Y}</giorno>\n"
      "            <ora>{:%H:%M:%S}</ora>\n        </data>\n        <identificativo>{}</identificativo>\n",
      escaped(issuer.name()), zone_of(receipt), now, now, escaped(original.identificativo));
  if (!original.message_id.empty()) out += fmt::format("        <msgid>&lt;{}&gt;</msgid>\n", escaped(original.message_id));
  if (!receipt.ricevuta.empty()) out += fmt::format("        <ricevuta tipo=\"{}\"/>\n", receipt.ricevuta);
  if (!receipt.consegna.empty()) out += fmt::format("        <consegna>{}</consegna>\n", escaped(receipt.consegna));
  if (receipt.tipo == "presa-in-carico") {
    for (const auto& r : original.recipients) out += fmt::format("        <ricezione>{}</ricezione>\n", escaped(r.address));
  }
  if (!receipt.errore_esteso.empty()) out += fmt::format("        <errore-esteso>{}</errore-esteso>\n", escaped(receipt.errore_esteso));
  return out + "    </dati>\n</postacert>\n";
}

std::string postacert_of(const PecOriginal& original, std::string_view ricevuta) {
  const auto message = parse_message(original.eml);
  require(message != nullptr, "the original is no message");
  auto* fields = GMIME_OBJECT(message.get());
  g_mime_object_set_header(fields, "Message-ID", ("<" + original.identificativo + ">").c_str(), nullptr);
  if (!original.message_id.empty())
    g_mime_object_set_header(fields, "X-Riferimento-Message-ID", ("<" + original.message_id + ">").c_str(), nullptr);
  if (ricevuta == "breve") g_mime_message_foreach(message.get(), hash_named_parts, nullptr);
  const Handle<GMimeFormatOptions, g_mime_format_options_free> options(g_mime_format_options_new());
  g_mime_format_options_set_newline_format(options.get(), GMIME_NEWLINE_FORMAT_DOS);
  const GObject<GMimeStream> out(g_mime_stream_mem_new());
  g_mime_object_write_to_stream(fields, options.get(), out.get());
  return bytes_of(out.get());
}

std::string make_receipt(const PecProvider& issuer, const PecOriginal& original, const PecReceipt& receipt) {
  std::string postacert = receipt.postacert;
  if (postacert.empty() && receipt.tipo == "avvenuta-consegna" && (receipt.ricevuta == "completa" || receipt.ricevuta == "breve") &&
      !original.eml.empty())
    postacert = postacert_of(original, receipt.ricevuta);
  const auto own_id = receipt.own_message_id.empty() ? issuer.new_id("ric") : receipt.own_message_id;
  const auto reference = receipt.header_reference.empty() ? original.message_id : receipt.header_reference;
  std::string out = fmt::format("Return-Path: <{}>\r\nX-Ricevuta: {}\r\n", issuer.address(),
                                receipt.header_tipo.empty() ? receipt.tipo : receipt.header_tipo);
  if (receipt.errore == "virus") out += "X-VerificaSicurezza: errore\r\n";
  if (!reference.empty()) out += fmt::format("X-Riferimento-Message-ID: <{}>\r\n", reference);
  out += common_header(issuer, receipt, original.sender, subject_of(original, receipt), own_id);
  return out + signed_body(issuer, mixed(parts_of(issuer, original, receipt, postacert), "mix-" + random_hex(12)), receipt);
}

std::string make_envelope(const PecProvider& issuer, const PecOriginal& original, const PecReceipt& oddities) {
  auto receipt = oddities;
  receipt.tipo = "posta-certificata";
  if (receipt.ricevuta.empty()) receipt.ricevuta = "completa";
  if (receipt.from.empty()) receipt.from = fmt::format("\"Per conto di: {}\" <{}>", original.sender, issuer.address());
  const auto postacert = receipt.postacert.empty() ? postacert_of(original, "completa") : receipt.postacert;
  std::string to;
  for (const auto& r : original.recipients) to += (to.empty() ? "" : ", ") + r.address;
  std::string out =
      fmt::format("X-Trasporto: posta-certificata\r\nX-TipoRicevuta: {}\r\nReply-To: {}\r\n", receipt.ricevuta, original.sender);
  if (!original.message_id.empty()) out += fmt::format("X-Riferimento-Message-ID: <{}>\r\n", original.message_id);
  out += common_header(issuer, receipt, to, subject_of(original, receipt), original.identificativo);
  return out + signed_body(issuer, mixed(parts_of(issuer, original, receipt, postacert), "mix-" + random_hex(12)), receipt);
}

std::string make_anomaly(const PecProvider& issuer, std::string_view to, std::string_view subject, std::string_view wrapped, bool sign) {
  const PecReceipt now;
  std::string out = "X-Trasporto: errore\r\n";
  out += common_header(issuer, now, to, "ANOMALIA MESSAGGIO: " + std::string(subject), issuer.new_id("anomalia"));
  const std::string text = "Content-Type: text/plain; charset=us-ascii\r\n\r\nIl messaggio allegato non e' di posta certificata.\r\n";
  const auto content = mixed({text, postacert_part(wrapped)}, "mix-" + random_hex(12));
  return out + (sign ? signed_body(issuer, content, now) : content);
}

std::string make_bounce(const PecBounce& bounce) {
  const auto boundary = "dsn-" + random_hex(12);
  return fmt::format(
      "From: {}\r\nTo: {}\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/report; report-type=delivery-status; boundary=\"{}\"\r\n\r\n"
      "--{}\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n\r\n"
      "--{}\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.posta-ordinaria.example\r\n\r\n"
      "Final-Recipient: rfc822; {}\r\nAction: {}\r\nStatus: {}\r\nDiagnostic-Code: {}\r\n\r\n"
      "--{}\r\nContent-Type: text/rfc822-headers\r\n\r\n{}\r\n--{}--\r\n",
      bounce.from, bounce.to, boundary, boundary, boundary, bounce.recipient, bounce.action, bounce.status, bounce.diagnostic, boundary,
      bounce.returned_header, boundary);
}

std::string altered(std::string eml, std::string_view from, std::string_view to) {
  const auto at = eml.find(from);
  require(at != std::string::npos, "what should be altered is not there");
  return eml.replace(at, from.size(), to);
}

std::string with_lf(std::string_view eml) {
  std::string out;
  for (const char c : eml) {
    if (c != '\r') out += c;
  }
  return out;
}

}  // namespace messo::peers
