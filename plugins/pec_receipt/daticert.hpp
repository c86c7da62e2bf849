// Reads daticert.xml, the certified data of a PEC message (DM 2 November 2005, technical rules §7.3; RFC 6109 §4.4). Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "pec_receipt/receipt.hpp"

namespace messo::pec {

// As written there, blanks around each text removed. Texts are at most 4 KiB, UTF-8.
struct Daticert {
  std::string tipo, errore = "nessuno";  // attributes of postacert
  std::string mittente;
  std::vector<Recipient> destinatari;
  std::string gestore_emittente;
  std::string giorno, ora, zona;
  std::string identificativo, msgid;  // without brackets
  std::string ricevuta;               // its tipo
  std::string consegna;
  std::string errore_esteso;

  // Unix time of giorno, ora and zona in milliseconds; 0 when they are no date.
  std::int64_t at_ms() const;
  std::string at_original() const;
};

inline constexpr std::size_t kMaxDaticert = std::size_t{2} << 20;

// Tolerates what providers get wrong: a declared charset that the bytes are not in (then ISO-8859-1 is tried) or that nobody knows,
// blanks and a byte order mark before the declaration, anything after the root's end, text between elements, unknown elements, elements
// missing. Refuses (kind corrupt, code "daticert_invalid"): what is no XML, a DOCTYPE (no entity is ever expanded), another root, no
// `tipo`, an element twice that must be there once, more than 5,000 recipients, 20,000 elements, 16 levels or 2 MiB.
Result<Daticert> read_daticert(std::string_view xml);

}  // namespace messo::pec
