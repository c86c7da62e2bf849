// links: messo_api
// Hostile jobs: any bytes as a posted body. Nothing may crash or hang; what is accepted is bounded, normal and accepted again in its normal
// form.
#include <cstdint>
#include <cstdlib>

#include "api/address/address.hpp"
#include "api/job_parser.hpp"
#include "api/json_input.hpp"

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

// The normal form of an address is its own normal form.
void check_addresses(const messo::Recipient& recipient) {
  using namespace messo;
  for (const auto& [channel, address] : recipient.addresses) {
    const auto again = channel == Channel::sms       ? api::normalise_phone(address, "IT")
                       : channel == Channel::io      ? api::normalise_fiscal_code(address)
                       : channel == Channel::push    ? api::normalise_push_token(address)
                       : channel == Channel::webhook ? api::normalise_webhook(address)
                                                     : api::normalise_email(address);
    must(again && *again == address);
    must(address.find_first_of("\r\n") == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace messo;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto json = api::parse_json(text);
  if (!json) {
    must(json.error().kind == ErrorKind::invalid && !json.error().message.empty());
    return 0;
  }
  must(nlohmann::json::accept(text));
  api::Findings findings;
  const api::JobLimits limits;
  const auto job = api::parse_job(*std::move(json), limits, "IT", from_unix_ms(1'780'000'000'000), findings);
  for (const auto& finding : findings.errors()) must(!finding.message.empty());
  if (!findings.empty()) return 0;
  must(!job.template_name.key.empty());
  must(job.labels.size() <= 20 && job.attachments.size() <= limits.attachments);
  std::uint64_t bytes = 0;
  for (const auto& attachment : job.attachments) bytes += attachment.content.size();
  must(bytes <= limits.attachment_bytes);
  check_addresses(job.recipient);
  return 0;
}
