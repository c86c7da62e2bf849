// A running provider as dispatch sees it; the plugin border (sdk/messo_channel.h) is behind it, or a double in tests.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "channel/receipt_port.hpp"
#include "model/directory.hpp"
#include "model/notification.hpp"
#include "model/outcome.hpp"

namespace messo {

struct OutgoingPart {
  std::string name;          // "subject", "text", "html", ...
  std::string content_type;  // "text/plain"
  std::string body;
};

// One message of one attempt, rendered and owned.
struct OutgoingMessage {
  AttemptId attempt;
  DeliveryId delivery;
  OrganisationId organisation;
  std::uint32_t attempt_number = 1;
  Channel channel = Channel::email;
  Priority priority = Priority::normal;
  Instant created{};
  Instant send_before{};
  Instant answer_by{};
  std::string to, to_name, from, from_name, reply_to, language;
  std::string meta_json;
  std::vector<OutgoingPart> parts;
  std::vector<Attachment> attachments;
};

// What a provider is willing to hold at once, in messages without a first outcome.
struct Grant {
  std::uint32_t messages = 0;
  std::optional<Instant> pause_until;
  std::string reason;  // for operators
};

enum class Submitted : std::uint8_t {
  taken,   // every attempt gets exactly one first outcome
  busy,    // nothing was touched
  failed,  // failed midway: attempts without an outcome are in doubt
};

// Told by providers, from any thread. Must be cheap: no I/O (on_receipts, checkpoint, keep_as_sent and expect excepted, which block until
// durable).
class ProviderListener {
 public:
  virtual ~ProviderListener() = default;
  virtual void on_outcome(ProviderId provider, AttemptId attempt, Outcome outcome) = 0;
  virtual void on_grant(ProviderId provider, Grant grant) = 0;
  virtual Status on_receipts(ProviderId provider, std::span<const Receipt> receipts) = 0;
  virtual Status checkpoint(ProviderId provider, AttemptId attempt, std::string_view bytes) = 0;
  // The message as it is about to be handed over, a blob of its organisation's; durable with its references once it returns. Errors: as
  // EvidenceStore::keep.
  virtual Status keep_as_sent(ProviderId provider, AttemptId attempt, const BlobId& bytes, std::uint64_t size,
                              std::span<const Reference> references) = 0;
  // Ids by which receipts may name a message that is about to be handed over; durable once it returns. Errors: as EvidenceStore::expect.
  virtual Status expect(ProviderId provider, AttemptId attempt, std::span<const Reference> references) = 0;
};

class ProviderPort {
 public:
  virtual ~ProviderPort() = default;
  virtual const Provider& settings() const = 0;  // as configured when it was started
  virtual bool simulated() const = 0;            // its deliveries end as `simulated`
  virtual std::size_t preferred_batch() const = 0;
  virtual std::size_t max_batch() const = 0;
  // Copies the batch; returns at once. One call at a time. `batch` has at most max_batch() messages.
  virtual Submitted submit(std::span<const OutgoingMessage> batch) = 0;
  // Where its receipts are fetched, or its calls taken; null when it has neither. Outlives the provider, refusing.
  virtual ReceiptPortPtr receipts() const { return nullptr; }
  // Whether it can be asked about attempts in doubt (extension query/1).
  virtual bool can_query() const { return false; }
  // Asks what became of an attempt in doubt, of this run or an earlier one; the answer comes through on_outcome as a late one, or never.
  // Never from the dispatch thread: a plugin may take its time; submit() is busy meanwhile. Errors: unavailable "provider_busy"
  // (ask later), not_found "cannot_say" (it never can tell of this attempt), internal "query_failed".
  virtual Status query(AttemptId, std::span<const Reference>) {
    return fail(ErrorKind::not_found, "cannot_say", "The provider cannot be asked what became of a message.");
  }
  // Drains within `limit`; afterwards no call-back comes from it any more.
  virtual void stop(Millis limit) = 0;
};
using ProviderPortPtr = std::shared_ptr<ProviderPort>;

}  // namespace messo
