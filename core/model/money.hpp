// Amounts in millionths of a euro: what an SMS costs needs more than cents. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace messo {

using MicroEuro = std::uint64_t;

// "0.045", "120": at most 9 digits before the point and 6 behind it; nothing for anything else.
std::optional<MicroEuro> parse_euro(std::string_view text);
// "0.045", "12.30": at least two digits behind the point, exact.
std::string euro_text(MicroEuro amount);

}  // namespace messo
