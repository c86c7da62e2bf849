// links: messo_smpp_pdu
// Any octets as an SMSC's stream: read within bounds, and what was read is written and read again as the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "smpp_pdu/receipt.hpp"
#include "smpp_pdu/status_class.hpp"

namespace {

using namespace messo::smpp;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Pdu& pdu) {
  require(!to_string(command_id(pdu.body)).empty());
  require(!describe_status(pdu.status).empty() && !to_string(classify(pdu.status)).empty());
  const auto written = encode(pdu);
  require(!written.empty() && unfit_field(pdu).empty());
  const auto again = decode(written, written.size());
  require(again && again->pdu && again->consumed == written.size() && *again->pdu == pdu);
  if (const auto* deliver = std::get_if<DeliverSm>(&pdu.body)) read_receipt(*deliver);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view stream(reinterpret_cast<const char*>(data), size);
  while (const auto decoded = decode(stream)) {
    require(decoded->consumed >= kHeaderSize && decoded->consumed <= stream.size());
    if (decoded->pdu) {
      check(*decoded->pdu);
    } else {
      require(!decoded->pdu.error().field.empty() && !decoded->pdu.error().problem.empty());
      require(!decoded->pdu.error().fatal || decoded->consumed == stream.size());
    }
    stream.remove_prefix(decoded->consumed);
  }
  return 0;
}
