#include "channel/balance.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "channel/border_values.hpp"

namespace messo {
namespace {

using nlohmann::json;

constexpr std::size_t kMostWhole = 15, kMostFraction = 6;

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}
bool is_amount(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  if (!all_digits(whole) || whole.size() > kMostWhole) return false;
  if (point == std::string_view::npos) return true;
  const auto fraction = text.substr(point + 1);
  return all_digits(fraction) && fraction.size() <= kMostFraction;
}
bool is_currency(std::string_view text) {
  return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

tl::unexpected<Error> bad(const char* what) {
  return fail(ErrorKind::internal, "bad_balance", std::string("the plugin told a balance that is none: ") + what);
}

}  // namespace

Result<Balance> read_balance(std::string_view text) {
  const json tree = json::parse(text, nullptr, false);
  if (!tree.is_object()) return bad("it is no JSON object");
  Balance out;
  for (const auto& [name, value] : tree.items()) {
    if (name == "messages") {
      if (!value.is_number_unsigned()) return bad("messages is no whole number");
      out.messages = value.get<std::uint64_t>();
    } else if (name == "amount" || name == "currency" || name == "text") {
      if (!value.is_string()) return bad("amount, currency or text is no text");
      (name == "amount" ? out.amount : name == "currency" ? out.currency : out.text) = value.get<std::string>();
    }  // else: of a later version
  }
  if (!out.amount.empty() && !is_amount(out.amount)) return bad("amount is no decimal number");
  if (!out.currency.empty() && !is_currency(out.currency)) return bad("currency is no code of ISO 4217");
  if (out.amount.empty() && !out.messages) return bad("neither amount nor messages");
  out.text = clean_text({out.text.data(), out.text.size()}, kMaxPublicText);
  return out;
}

}  // namespace messo
