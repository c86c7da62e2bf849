#include "config/units.hpp"

#include <charconv>
#include <limits>
#include <span>

namespace messo {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr Unit kDurations[] = {{"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr Unit kSizes[] = {{"TiB", 1LL << 40}, {"GiB", 1LL << 30}, {"MiB", 1LL << 20}, {"KiB", 1LL << 10}, {"B", 1}};

// A whole number, at most one space, one unit.
std::optional<std::int64_t> parse(std::string_view text, std::span<const Unit> units, std::string_view bare_unit) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || number < 0) return {};
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  if (unit.empty()) unit = bare_unit;
  for (const Unit& known : units) {
    if (known.name != unit) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / known.factor) return {};
    return number * known.factor;
  }
  return {};
}

std::string print(std::int64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) return std::to_string(value / unit.factor) + ' ' + std::string(unit.name);
  }
  return "0";
}

}  // namespace

std::optional<Millis> parse_duration(std::string_view text) {
  if (const auto ms = parse(text, kDurations, text == "0" ? "s" : "")) return Millis{*ms};
  return {};
}
std::string to_duration_text(Millis duration) { return print(duration.count(), kDurations); }

std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (const auto bytes = parse(text, kSizes, "B")) return static_cast<std::uint64_t>(*bytes);
  return {};
}
std::string to_size_text(std::uint64_t bytes) { return print(static_cast<std::int64_t>(bytes), kSizes); }

}  // namespace messo
