// Outcomes full of values nobody defined. Which one is told by the message's address.
#include "bad_plugin.hpp"

namespace {

void give(const messo_message& message) {
  static const std::string kLong(100'000, 'x');
  messo_outcome out = bad::outcome_for(message.attempt, 99);
  const std::string to(message.to.ptr, message.to.len);
  if (to == "short") out.struct_size = 8;
  if (to == "null") return bad::host->on_outcome(bad::host->ctx, nullptr);
  out.scope = 77;
  out.flags = 0xFFFFFFFFU;
  out.retry_after_ms = INT64_MAX;
  out.code = {"not a code\n\"", 12};
  out.public_text = {kLong.data(), kLong.size()};
  out.private_text = {"bad \xC3\x28 text\x01", 12};
  out.references = nullptr;
  out.reference_count = 1'000'000;
  static const messo_reference kEmpty{sizeof(messo_reference), 0, {nullptr, 5}, {nullptr, 0}};
  static const messo_reference* const kReferences[] = {nullptr, &kEmpty};
  if (to == "references") out.references = kReferences, out.reference_count = 2;
  bad::host->on_outcome(bad::host->ctx, &out);
}

}  // namespace

BAD_ENTRY {
  auto table = bad::good_table("garbage_outcome");
  table.submit = [](messo_instance*, const messo_message* const* batch, std::size_t count) -> std::int32_t {
    for (std::size_t i = 0; i < count; ++i) give(*batch[i]);
    return MESSO_OK;
  };
  return bad::keep(table);
}
