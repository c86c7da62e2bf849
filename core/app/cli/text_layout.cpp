#include "app/cli/text_layout.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <span>

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace messo::cli {
namespace {

struct Range {
  char32_t first, last;
};
// The blocks that matter in practice (Unicode 15, general categories Mn, Me and Cf; East Asian Width W and F).
constexpr Range kZero[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A}, {0x064B, 0x065F},
                           {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x2064},
                           {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}};
constexpr Range kWide[] = {{0x1100, 0x115F}, {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},
                           {0xA000, 0xA4CF}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
                           {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

bool within(char32_t c, std::span<const Range> ranges) {
  return std::ranges::any_of(ranges, [c](const Range& r) { return c >= r.first && c <= r.last; });
}

// The next code point and its bytes; a byte that is no UTF-8 counts as one of its own.
struct Next {
  char32_t point;
  std::size_t bytes;
};
Next next_point(std::string_view text) {
  const auto character = code_point_at(text, 0);
  if (character.length == 0) return {static_cast<unsigned char>(text.front()), 1};
  return {character.value, character.length};
}
std::size_t width_of(char32_t point) { return within(point, kZero) ? 0 : within(point, kWide) ? 2 : 1; }

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const auto [point, bytes] = next_point(text);
    width += width_of(point);
    text.remove_prefix(bytes);
  }
  return width;
}

std::string plain(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto [point, bytes] = next_point(text);
    const bool control = point < 0x20 || (point >= 0x7F && point < 0xA0 && bytes <= 2);
    control ? out += ' ' : out += text.substr(0, bytes);
    text.remove_prefix(bytes);
  }
  return out;
}

std::string clip(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::string out;
  std::size_t used = 1;
  while (!text.empty()) {
    const auto [point, bytes] = next_point(text);
    used += width_of(point);
    if (used > width) break;
    out += text.substr(0, bytes);
    text.remove_prefix(bytes);
  }
  return out + "…";
}

void Table::add(std::vector<std::string> cells) {
  cells.resize(headings_.size());
  for (auto& cell : cells) cell = plain(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::to_text() const {
  std::vector<std::size_t> widths(headings_.size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] > 0) widths[i] = std::max(widths[i], display_width(headings_[i]));
  }
  std::string out;
  const auto print = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (widths[i] > 0) line += cells[i] + std::string(widths[i] - display_width(cells[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  };
  print(headings_);
  for (const auto& row : rows_) print(row);
  return out;
}

std::string local_time(std::string_view rfc3339) {
  const auto instant = parse_rfc3339(rfc3339);
  if (!instant) return std::string(rfc3339);
  const auto seconds = static_cast<std::time_t>(to_unix_ms(*instant) / 1000);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts)};
}

std::string age(Instant then, Instant now) {
  const auto seconds = std::chrono::duration_cast<Seconds>(now - then).count();
  if (seconds < 1) return "just now";
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7'200) return fmt::format("{} min", seconds / 60);
  if (seconds < 172'800) return fmt::format("{} h", seconds / 3'600);
  return fmt::format("{} days", seconds / 86'400);
}

std::string short_size(std::uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace messo::cli
