// links: GMIME messo_pec_receipt PkgConfig::GMIME
// Any bytes as a bounce: read or not, within bounds, with clean texts.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pec_receipt/classification.hpp"
#include "pec_receipt/dsn.hpp"
#include "pec_receipt/mime_reading.hpp"

namespace {

using namespace messo::pec;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_text(const std::string& text) {
  require(text.size() <= 4096 * 3 && g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto dsn = read_dsn({reinterpret_cast<const char*>(data), size});
  if (!dsn) return 0;
  require(dsn->recipients.size() <= 100);
  for (const auto* text : {&dsn->envelope_id, &dsn->original_message_id, &dsn->original_reference}) check_text(*text);
  for (const auto& recipient : dsn->recipients) {
    for (const auto* text : {&recipient.address, &recipient.original_address, &recipient.action, &recipient.status, &recipient.diagnostic})
      check_text(*text);
    require(!recipient.address.empty());
    require(undelivered_code(recipient.status, {}).starts_with("pec."));
  }
  return 0;
}
