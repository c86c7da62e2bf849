// Serves only a channel nobody knows.
#include "bad_plugin.hpp"

BAD_ENTRY {
  static const char* const kPigeons[] = {"pigeon", nullptr};
  auto table = bad::good_table("no_channels");
  table.channels = kPigeons;
  return bad::keep(table);
}
