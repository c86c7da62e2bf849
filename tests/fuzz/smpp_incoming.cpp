// links: messo_smpp_parts
// Any octets as what an SMSC sends: every deliver_sm or data_sm among them becomes a receipt the hub can take.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "smpp/receipts.hpp"

namespace {

using namespace messo;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const smpp::DeliverSm& deliver) {
  static smpp::IdRadix radix(smpp::ReceiptIds::automatic);
  smpp::SmppSettings settings;
  settings.match_by_user_reference = true;
  const auto receipt = smpp::read_incoming(deliver, radix, settings, 1'780'000'000'000);
  require(!receipt.dedupe_key.empty() && receipt.dedupe_key.size() <= 200 && !receipt.code.empty() && !receipt.public_text.empty());
  require(receipt.at_ms > 0);
  for (const auto& one : receipt.references) {
    require(!one.value.empty() && one.value.size() <= 128);
    radix.saw(one.value);
  }
  if (receipt.code == "sms.inbound") require(nlohmann::json::accept(receipt.raw) && receipt.references.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view in(reinterpret_cast<const char*>(data), size);
  while (auto one = smpp::decode(in)) {
    in.remove_prefix(one->consumed);
    if (!one->pdu) {
      if (one->pdu.error().fatal) break;
      continue;
    }
    if (const auto* deliver = std::get_if<smpp::DeliverSm>(&one->pdu->body)) check(*deliver);
    if (auto* received = std::get_if<smpp::DataSm>(&one->pdu->body)) check(smpp::as_deliver(std::move(*received)));
  }
  return 0;
}
