// What only those who know a channel can say of its originals. The composition root binds it to the readers there are; without them
// evidence is handed out all the same, with less explanation.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "model/directory.hpp"

namespace messo {

// A receipt's original, read and verified anew. Texts are shown to people; empty where the receipt does not say.
struct ReceiptMeaning {
  std::string kind;                  // "accettazione", "avvenuta-consegna", ...; lower-case letters and dashes
  bool final = false;                // it ends the matter
  std::string verification, reason;  // "VALID", "INVALID", ... and why; empty: there is no signature to verify
  std::string code, message_id, identificativo, recipient, sender, provider, error;
  std::string at_original;    // the receipt's own time, as it is written
  std::optional<Instant> at;  // the same
  std::string extract;        // daticert.xml; empty: none
};

// Head fields of a message as sent, decoded.
struct SentHead {
  std::string from, to, subject, date, message_id;
};

struct MaterialReader {
  // `provider`: through which it came, null when nobody knows. nullopt: no receipt of a kind anybody knows. Any thread, no I/O but the
  // provider's list of authorities; never throws.
  std::function<std::optional<ReceiptMeaning>(const Provider* provider, std::string_view original)> receipt;
  // `begin`: the first bytes of the message, its whole head unless that is absurdly long.
  std::function<std::optional<SentHead>(std::string_view begin)> sent;
};

}  // namespace messo
