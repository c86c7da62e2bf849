#include "pec_receipt/receipt.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"

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

bool all_external(const std::vector<Recipient>& recipients) {
  return !recipients.empty() && std::ranges::all_of(recipients, &Recipient::external);
}

bool same_address(std::string_view a, std::string_view b) { return equal_ignoring_case(a, b); }

}  // namespace messo::pec
