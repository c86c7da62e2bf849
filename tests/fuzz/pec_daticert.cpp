// links: GMIME messo_pec_receipt PkgConfig::GMIME
// Any bytes as daticert.xml: refused or read, within bounds, with clean texts.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mail_report/mime_reading.hpp"
#include "pec_receipt/classification.hpp"
#include "pec_receipt/daticert.hpp"

namespace {

using namespace messo::pec;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_text(const std::string& text) {
  require(text.size() <= 4096 && g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto daticert = read_daticert({reinterpret_cast<const char*>(data), size});
  if (!daticert) {
    require(daticert.error().code == "daticert_invalid");
    return 0;
  }
  require(!daticert->tipo.empty());
  for (const auto* text :
       {&daticert->tipo, &daticert->errore, &daticert->mittente, &daticert->gestore_emittente, &daticert->giorno, &daticert->ora,
        &daticert->zona, &daticert->identificativo, &daticert->msgid, &daticert->ricevuta, &daticert->consegna, &daticert->errore_esteso})
    check_text(*text);
  require(daticert->destinatari.size() <= 5000);
  for (const auto& recipient : daticert->destinatari) check_text(recipient.address);
  require(daticert->at_ms() == 0 || !daticert->at_original().empty());
  if (const auto kind = kind_of_tipo(daticert->tipo)) require(meaning_of(*kind, *daticert).code.starts_with("pec."));
  return 0;
}
