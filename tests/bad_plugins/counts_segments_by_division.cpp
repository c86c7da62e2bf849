// Divides the length of an SMS by that of a part, as if an escape pair could be torn apart.
#include "bad_plugin.hpp"

namespace {

std::int32_t divide(messo_instance*, const messo_message* message, std::uint64_t* units, messo_buffer*) {
  std::uint64_t septets = 0;
  bool ucs2 = false;
  for (std::size_t i = 0; i < message->part_count; ++i) {
    const messo_part& part = *message->parts[i];
    for (std::size_t at = 0; at < part.body.len; ++at) {
      const auto byte = static_cast<unsigned char>(part.body.ptr[at]);
      septets += byte < 0x80 ? 1 : byte >= 0xE0 ? 2 : byte >= 0xC0 ? 1 : 0;  // the euro sign counts two
      ucs2 = ucs2 || (byte >= 0xC4 && byte < 0xE0);
    }
  }
  const std::uint64_t alone = ucs2 ? 70 : 160, part = ucs2 ? 67 : 153;
  *units = septets <= alone ? 1 : (septets + part - 1) / part;
  return MESSO_OK;
}

constexpr messo_measure_v1 kTable{sizeof kTable, &divide};
const char* const kOnlySms[] = {"sms", nullptr};

}  // namespace

BAD_ENTRY {
  auto table = bad::good_table("counts_segments_by_division");
  table.channels = kOnlySms;
  return bad::keep_with(table, {{"measure/1", &kTable}});
}
