// What a receipt means: kind, code and finality from what its daticert says. Pure; the table is in README.md.
#pragma once
#include <optional>
#include <string_view>

#include "pec_receipt/daticert.hpp"

namespace messo::pec {

// RFC 3463: "5.1.1" at the start of a text, whatever follows.
struct EnhancedStatus {
  int klass = 0, subject = 0, detail = 0;
};
std::optional<EnhancedStatus> leading_status(std::string_view text);

// The kind a `tipo` or X-Ricevuta names, in any case; "posta-certificata" is `envelope`. nullopt: none.
std::optional<Kind> kind_of_tipo(std::string_view tipo);

struct Meaning {
  std::string_view code;
  bool final = false;
};
Meaning meaning_of(Kind kind, const Daticert& daticert);

// Why something was not delivered: by the enhanced status at the start of `errore_esteso`, which providers agree on more than on `errore`.
std::string_view undelivered_code(std::string_view errore_esteso, std::string_view errore);

}  // namespace messo::pec
