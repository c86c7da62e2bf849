// What a provider said of one attempt, at once (outcome) or later (receipt).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/ids.hpp"
#include "model/words.hpp"

namespace messo {

// The numbers are those of the plugin border and of the store.
enum class OutcomeKind : std::uint8_t {
  sent = 1,       // the provider took it; the channel gives no receipt
  pending = 2,    // the provider took it; a receipt will come
  try_later = 3,  // not taken, for now
  refused = 4,    // not taken, for good
  unknown = 5,    // may have been taken: only once the message may be out of our hands
};
// What the outcome speaks about.
enum class OutcomeScope : std::uint8_t { message = 0, destination = 1, provider = 2 };

std::string_view to_string(OutcomeKind kind);
std::string_view to_string(OutcomeScope scope);

// An id by which a later receipt will name this attempt. Matched only within its provider.
struct Reference {
  std::string kind;  // "message_id", "smsc_id", ...
  std::string value;
  std::uint32_t part = 0;  // a long SMS has several
};

struct Outcome {
  OutcomeKind kind = OutcomeKind::unknown;
  OutcomeScope scope = OutcomeScope::message;
  bool throttled = false;             // the provider asked us to slow down: the attempt does not count against the retry limit
  std::optional<Millis> retry_after;  // the provider's own wish
  std::string code;                   // stable: "smtp.550-5.1.1"
  std::string public_text;            // safe for clients
  std::string private_text;           // log only; never in the ledger
  std::vector<Reference> references;
};

enum class ReceiptKind : std::uint8_t { delivered = 1, undelivered = 2, milestone = 3 };
// Milestones beside the result (DESIGN §3).
enum class Milestone : std::uint8_t { none = 0, accepted = 1, warning_12h = 2, read = 3, paid = 4, delayed = 5, complained = 6 };
enum class Verification : std::uint8_t { valid = 1, untrusted = 2, expired = 3, not_checked = 4, invalid = 5 };

std::string_view to_string(ReceiptKind kind);
std::string_view to_string(Milestone milestone);
std::string_view to_string(Verification verification);
std::optional<Verification> parse_verification(std::string_view text);

struct Receipt {
  std::string dedupe_key;  // unique within its provider
  std::vector<Reference> references;
  ReceiptKind kind = ReceiptKind::milestone;
  Milestone milestone = Milestone::none;
  Verification verification = Verification::not_checked;
  Instant at{};  // when it happened, as the provider says
  std::string code;
  std::string public_text;
  std::optional<BlobId> raw;   // byte-exact material, kept as a blob
  std::string raw_bytes;       // the same before stage `receipts` has kept it
  OrganisationId raw_owner{};  // whose blob `raw` is: an organisation's, or the provider's own id while no delivery is known
  OutcomeScope scope = OutcomeScope::message;  // destination: the address itself is bad, or its owner complained
  std::vector<Reference> learned;              // further ids by which later ones may name the same message; kept once this one settles
};

}  // namespace messo
