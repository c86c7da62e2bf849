#include <algorithm>
#include <array>

#include "api/address/address.hpp"

namespace messo::api {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c >= 'A' && c <= 'Z'; }

// Letters that stand for digits when two people would have the same code (omocodia).
constexpr std::string_view kOmocodia = "LMNPQRSTUV";

// The digit a numeric position means; -1 when it means none.
int digit_value(char c) {
  if (is_digit(c)) return c - '0';
  const auto at = kOmocodia.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// Values of characters at odd positions, counted from 1 (DM 23 December 1976, art. 10); the index is the digit or the letter's place.
constexpr std::array kOdd{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};

char control_letter(std::string_view first15) {
  int sum = 0;
  for (std::size_t i = 0; i < first15.size(); ++i) {
    const int index = is_digit(first15[i]) ? first15[i] - '0' : first15[i] - 'A';
    sum += i % 2 == 0 ? kOdd[static_cast<std::size_t>(index)] : index;
  }
  return static_cast<char>('A' + sum % 26);
}

bool is_person(std::string_view code) {
  if (!std::all_of(code.begin(), code.begin() + 6, is_letter)) return false;
  for (const std::size_t at : {6, 7, 9, 10, 12, 13, 14}) {
    if (digit_value(code[at]) < 0) return false;
  }
  if (std::string_view("ABCDEHLMPRST").find(code[8]) == std::string_view::npos || !is_letter(code[11]) || !is_letter(code[15]))
    return false;
  const int day = digit_value(code[9]) * 10 + digit_value(code[10]);  // women: plus 40
  if (day < 1 || day > 71 || (day > 31 && day < 41)) return false;
  return control_letter(code.substr(0, 15)) == code[15];
}

// As partita IVA (DPR 633/1972, art. 35): Luhn over eleven digits.
bool is_body(std::string_view code) {
  if (!std::all_of(code.begin(), code.end(), is_digit)) return false;
  int sum = 0;
  for (std::size_t i = 0; i < 11; ++i) {
    int value = code[i] - '0';
    if (i % 2 == 1) value = value > 4 ? 2 * value - 9 : 2 * value;
    sum += value;
  }
  return sum % 10 == 0;
}

}  // namespace

Normalised normalise_fiscal_code(std::string_view text) {
  std::string code(text);
  std::transform(code.begin(), code.end(), code.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c; });
  if (code.size() == 16 && is_person(code)) return code;
  if (code.size() == 11 && is_body(code)) return code;
  return tl::unexpected<std::string>(
      "is no valid codice fiscale: 16 characters for a person, 11 digits for a body; check it for typing mistakes");
}

}  // namespace messo::api
