// Addresses an organisation's courtesy messages do not go to any more, each on one channel. WorkQueue::lease heeds them: a courtesy
// delivery to such an address ends as `suppressed` and nothing is handed over; legal ones go out as ever. Made by people, and by the store
// itself in the transaction that records a bounce, a complaint or a refusal (docs/suppressions.md).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/ids.hpp"
#include "model/words.hpp"

namespace messo {

using SuppressionId = Id<struct SuppressionTag>;

// What made it. The numbers are stored.
enum class SuppressionSource : std::uint8_t {
  bounce = 1,     // a receipt: undelivered, and the address itself is bad
  complaint = 2,  // the recipient reported a message as unwanted
  refused = 3,    // an outcome: refused for good, and the address itself is bad
  person = 4,
};
std::string_view to_string(SuppressionSource source);

struct Suppression {
  SuppressionId id;
  OrganisationId organisation;
  Channel channel = Channel::email;
  std::string address_hmac;  // 16 bytes, as NewDelivery::address_hmac
  std::string address;       // normalised; personal data: sealed at rest
  SuppressionSource source = SuppressionSource::person;
  std::string reason;  // a person's words, or the code of outcome or receipt
  Instant since{};
  std::optional<DeliveryId> delivery{};  // the one that came back; its ledger may be pruned meanwhile
  std::optional<NotificationId> notification{};
};

struct SuppressionAdded {
  Suppression suppression;  // the one in force
  bool added = false;       // false: the address was suppressed already, and that one stays as it is
};

// Who did it and in which words, for the audit; without the address.
struct SuppressionTrace {
  std::string actor, sentence;
};

struct SuppressionQuery {
  std::optional<OrganisationId> organisation{};  // empty: all
  std::optional<Channel> channel{};
  std::optional<std::string> address_hmac{};  // with `organisation`
  std::optional<SuppressionId> before{};      // cursor: newest first, strictly older than this one
  std::size_t limit = 50;                     // 1..500
};
struct SuppressionPage {
  std::vector<Suppression> items;  // newest first
  bool more = false;
};

class Suppressions {
 public:
  virtual ~Suppressions() = default;

  // In force from the next lease on, with its line of the audit in the same transaction (none when there is one already).
  virtual Result<SuppressionAdded> add(const Suppression& suppression, const SuppressionTrace& trace) = 0;
  // The one that was removed. Errors: not_found "suppression_not_found", also for another organisation's than `organisation` where given.
  virtual Result<Suppression> remove(SuppressionId id, std::optional<OrganisationId> organisation, const SuppressionTrace& trace,
                                     Instant now) = 0;
  virtual Result<SuppressionPage> list(const SuppressionQuery& query) = 0;
  // Of one address, if it is suppressed.
  virtual Result<std::optional<Suppression>> find(OrganisationId organisation, std::string_view address_hmac) = 0;
};

}  // namespace messo
