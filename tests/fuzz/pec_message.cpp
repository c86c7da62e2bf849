// links: GMIME messo_pec_receipt PkgConfig::GMIME
// Any bytes in a PEC mailbox: they are read within bounds, what comes out are clean texts, and nothing settles a message but a receipt that
// a provider below the test root signed: of those the corpus has all there are, about one message.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mail_report/mime_reading.hpp"
#include "pec_receipt/classification.hpp"
#include "pec_receipt/receipt.hpp"

namespace {

using namespace messo::pec;

// tests/data/pec/root-ca.pem
constexpr std::string_view kRoot = R"(-----BEGIN CERTIFICATE-----
MIIDaDCCAlCgAwIBAgIUfCdyxy0oRg+poFMDdT7Z6QbodWcwDQYJKoZIhvcNAQEL
BQAwTDELMAkGA1UEBhMCSVQxITAfBgNVBAoMGFN5bnRoZXRpYyBSb290IGZvciB0
ZXN0czEaMBgGA1UEAwwRU3ludGhldGljIFJvb3QgQ0EwHhcNMjUwNjAxMDAwMDAw
WhcNNDUwNTI3MDAwMDAwWjBMMQswCQYDVQQGEwJJVDEhMB8GA1UECgwYU3ludGhl
dGljIFJvb3QgZm9yIHRlc3RzMRowGAYDVQQDDBFTeW50aGV0aWMgUm9vdCBDQTCC
ASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAIZ+jFf8m+6gbiohNyRHDq+e
rmQB/nLjuAkDo147DTsMqu2euVR4wkeazpv90k3ScmoCG+dBGrjnfxnMBMpuNtOo
mw4G0o776oW80sBfmZW0QrDHAiGsFGm3QNNdlnjyUN14OmYIv5OCJxunE7ab8i3h
SK5h0xF+ukdlitpnW/iKZvuX6y3Urb6+YnAiVt+lN7yiXOSx4GqUKtKCESG+KXke
PDEJ2boxYNkDAPB/N0IabbYHJBrEgAsT6R1X2gdlqbQk6FknS/qVY3dj4xduuvVu
FgkFao66bWeVRHLMwBtYLozh3oHa5xEvSRAFwdeiNHNNr1wqcvT7JBa/WhdvQc0C
AwEAAaNCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwHQYDVR0O
BBYEFPlDxNCtaW4J6TcJRp1TB+fDB0E+MA0GCSqGSIb3DQEBCwUAA4IBAQAd4cZe
nXQMC4PBN8qoaOd4dvpOts6q/yRm/KqEyZG4Q3CWBlfDnuI4hDaHbYPisqQiou4f
JB6u1Voahy2QnT11fsn6fVqWhmxXCYpxMknlKsYVfhdCRx5yGI65J3Bbja930mGD
mXHE7uX5QF2yk5vHgMhLP/A1JPvmvqYurJ/qJzOxqPr5HlQg9uOOt77TrDzbB9Vx
atq4SalV6C2PIzMUxcSwv34dubh7hxLSdOh8JTu6SSdObbaYwddBvaFluNybgdWP
ezO5Dd9NTPFdr7vgmHLwhR2/FCLSbdtMzEFmYSC8Jwhyl4thzVMiPGZdsxnnnnyS
0QUC5CaYog/9T8jR
-----END CERTIFICATE-----
)";

void require(bool holds) {
  if (!holds) std::abort();
}

void check_text(const std::string& text) {
  require(text.size() <= 4096 * 3 && g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr) && !text.starts_with(' '));
}

void check(const PecMessage& m) {
  for (const auto* text : {&m.own_message_id, &m.message_id, &m.identificativo, &m.recipient, &m.sender, &m.provider, &m.errore,
                           &m.errore_esteso, &m.receipt_type})
    check_text(*text);
  require(m.code.empty() == (m.kind == Kind::not_pec));
  require(m.code.empty() || m.code.starts_with("pec."));
  require(!m.verification_reason.empty());
  require(!m.settles() || is_receipt(m.kind));
  require(!m.consistent || !m.daticert.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto trust = Trust::parse(kRoot).value();
  const std::string_view eml(reinterpret_cast<const char*>(data), size);
  const auto verified = read_message(eml, &trust);
  check(verified);
  if (verified.settles()) require(verified.message_id == "hub.01J9ZQ6Y3K8W5N2V7T4R1B0C6D.1@notifiche.comune-prova.example");
  const auto unchecked = read_message(eml, nullptr);
  check(unchecked);
  require(!unchecked.settles() && unchecked.kind == verified.kind && unchecked.code == verified.code);
  is_worth_fetching(eml);
  return 0;
}
