// Durations and sizes as people write them in a configuration. Pure.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace messo {

// "500 ms", "30s", "15 min", "2 h", "90 d": a whole number and one unit; nullopt otherwise or when it does not fit.
std::optional<Millis> parse_duration(std::string_view text);
// The shortest exact form, in the largest unit that divides: "90 d", "1500 ms".
std::string to_duration_text(Millis duration);

// "4096", "64 KiB", "256MiB", "2 GiB" (powers of 1024; KB, MB, GB are refused because people disagree about them).
std::optional<std::uint64_t> parse_size(std::string_view text);
std::string to_size_text(std::uint64_t bytes);

}  // namespace messo
