// links: messo_smpp_pdu
// Any octets as the text of a delivery receipt: what is kept of it is short, printable and has a meaning.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "smpp_pdu/receipt.hpp"
#include "smpp_pdu/smpp_time.hpp"

namespace {

using namespace messo::smpp;

void require(bool holds) {
  if (!holds) std::abort();
}

bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

void check(const DeliveryReceipt& receipt) {
  require(receipt.id.size() <= 64 && receipt.stat.size() <= 16 && receipt.error.size() <= 16);
  require(printable(receipt.id) && printable(receipt.stat) && printable(receipt.error));
  require(!to_string(receipt.state).empty() && !short_name(receipt.state).empty());
  for (const auto* date : {&receipt.submit_date, &receipt.done_date}) require(date->empty() || parse_receipt_date(*date));
  const auto id = normalised_id(receipt.id);
  require(id.empty() == receipt.id.empty() && normalised_id(id) == id);
  if (const auto decimal = decimal_of_hex(id)) require(hex_of_decimal(*decimal) == id);
  if (const auto hex = hex_of_decimal(id)) require(decimal_of_hex(*hex) == id);
}

}  // namespace

// The first octet chooses esm_class and data_coding.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  check(read_receipt_text(text));
  DeliverSm deliver;
  deliver.esm_class = static_cast<std::uint8_t>(kEsmClassReceipt | (data[0] & kEsmClassUdhi));
  deliver.data_coding = data[0] & 0x0F;
  deliver.short_message = text;
  const auto receipt = read_receipt(deliver);
  require(receipt.has_value());
  check(*receipt);
  parse_absolute_time(text);
  return 0;
}
