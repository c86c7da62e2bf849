#include "smpp_pdu/smpp_time.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace messo::smpp {
namespace {

constexpr Seconds kLongestSpan = std::chrono::days{30};

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

int two_digits(std::string_view text, std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); }

// "MMDDhhmm" or "MMDDhhmmss" of a year.
std::optional<Instant> time_in(int year, std::string_view rest) {
  const auto month = static_cast<unsigned>(two_digits(rest, 0));
  const auto day = static_cast<unsigned>(two_digits(rest, 2));
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  const int hour = two_digits(rest, 4);
  const int minute = two_digits(rest, 6);
  const int second = rest.size() > 8 ? two_digits(rest, 8) : 0;
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return {};
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} + Seconds{second};
}

}  // namespace

std::string relative_time(Seconds span) {
  span = std::clamp(span, Seconds{1}, kLongestSpan);
  const auto days = std::chrono::floor<std::chrono::days>(span);
  const std::chrono::hh_mm_ss time{span - days};
  return fmt::format("0000{:02}{:02}{:02}{:02}000R", days.count(), time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::string absolute_time(Instant at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{at - day};
  return fmt::format("{:02}{:02}{:02}{:02}{:02}{:02}{}00+", static_cast<int>(date.year()) % 100, static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count() / 100);
}

std::optional<Instant> parse_absolute_time(std::string_view text) {
  if (text.size() != 16 || !all_digits(text.substr(0, 15)) || (text[15] != '+' && text[15] != '-')) return {};
  const auto local = time_in(2000 + two_digits(text, 0), text.substr(2, 10));
  const int quarters = two_digits(text, 13);
  if (!local || quarters > 48) return {};
  const std::chrono::minutes offset{15 * quarters};
  return *local + Millis{100 * (text[12] - '0')} - (text[15] == '+' ? offset : -offset);
}

std::optional<Instant> parse_receipt_date(std::string_view digits) {
  if (!all_digits(digits)) return {};
  if (digits.size() == 10 || digits.size() == 12) return time_in(2000 + two_digits(digits, 0), digits.substr(2));
  if (digits.size() == 14) return time_in(two_digits(digits, 0) * 100 + two_digits(digits, 2), digits.substr(4));
  return {};
}

}  // namespace messo::smpp
