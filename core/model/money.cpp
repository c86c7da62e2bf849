#include "model/money.hpp"

#include <algorithm>

namespace messo {
namespace {

constexpr MicroEuro kOneEuro = 1'000'000;
constexpr std::size_t kEuroDigits = 9, kFractionDigits = 6, kCents = 2;

std::optional<std::uint64_t> read_digits(std::string_view text, std::size_t most) {
  if (text.empty() || text.size() > most) return {};
  std::uint64_t out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return {};
    out = out * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return out;
}

}  // namespace

std::optional<MicroEuro> parse_euro(std::string_view text) {
  const auto point = text.find('.');
  const auto whole = read_digits(text.substr(0, point), kEuroDigits);
  if (!whole) return {};
  if (point == std::string_view::npos) return *whole * kOneEuro;
  const auto fraction = text.substr(point + 1);
  auto part = read_digits(fraction, kFractionDigits);
  if (!part) return {};
  for (auto digits = fraction.size(); digits < kFractionDigits; ++digits) *part *= 10;
  return *whole * kOneEuro + *part;
}

std::string euro_text(MicroEuro amount) {
  std::string fraction = std::to_string(amount % kOneEuro);
  fraction.insert(0, kFractionDigits - fraction.size(), '0');
  while (fraction.size() > kCents && fraction.back() == '0') fraction.pop_back();
  return std::to_string(amount / kOneEuro) + '.' + fraction;
}

}  // namespace messo
