#include "pec_receipt/receipt.hpp"

#include <algorithm>
#include <array>

namespace messo::pec {

std::string_view to_text(Kind kind) {
  static constexpr std::array<std::string_view, 10> names{"accettazione",      "non-accettazione",
                                                          "presa-in-carico",   "avvenuta-consegna",
                                                          "errore-consegna",   "preavviso-errore-consegna",
                                                          "rilevazione-virus", "envelope",
                                                          "anomaly",           "not-pec"};
  return names[static_cast<std::size_t>(kind)];
}

bool is_receipt(Kind kind) { return kind < Kind::envelope; }

std::string_view to_text(Verification verification) {
  static constexpr std::array<std::string_view, 5> names{"VALID", "INVALID", "UNTRUSTED", "EXPIRED", "NOT_CHECKED"};
  return names[static_cast<std::size_t>(verification)];
}

bool PecMessage::settles() const {
  return is_receipt(kind) && consistent && verification == Verification::valid && !(message_id.empty() && identificativo.empty());
}

bool same_address(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace messo::pec
