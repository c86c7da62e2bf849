// Deliveries in doubt: what operators work through, and when providers are asked about them (DESIGN §3; docs/doubts.md). A doubt is there
// from the transaction that puts its delivery in doubt to the one that settles it, whoever does.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/notification.hpp"
#include "store/work_queue.hpp"

namespace messo {

// Why nobody asks the provider (any more) and an operator decides. The numbers are stored.
enum class Held : std::uint8_t {
  no = 0,             // it is asked, where its on_doubt says so
  crashed = 1,        // the hub died three times with the message in hand
  asked_in_vain = 2,  // asked until the deadline without a definite answer
  cannot_say = 3,     // the provider has no way to tell what became of this attempt
};
std::string_view to_string(Held held);

struct Doubt {
  DeliveryId delivery;
  NotificationId notification;
  AttemptId attempt;  // the one nobody knows about
  OrganisationId organisation;
  ServiceId service;
  ProviderId provider;
  Channel channel = Channel::email;
  KeyKind kind = KeyKind::live;
  Instant since{};
  Instant expires_at{};       // of the delivery
  std::string code;           // of the attempt's outcome; empty when there was none: the hub died
  std::uint32_t crashes = 0;  // in a row, with the message in hand
  std::uint32_t asks = 0;     // questions so far
  std::optional<Instant> asked_at;
  std::optional<Instant> ask_at;  // when it is asked about next, if its provider is one that is asked
  Held held = Held::no;
};

// Where a page ends.
struct DoubtCursor {
  Instant since{};
  DeliveryId delivery;
};
struct DoubtQuery {
  std::optional<OrganisationId> organisation{};
  std::optional<ProviderId> provider{};
  std::optional<Instant> since_before{};  // in doubt since before this instant
  std::optional<DoubtCursor> after{};
  std::size_t limit = 50;  // 1..500
};
struct DoubtPage {
  std::vector<Doubt> items;  // the oldest first
  bool more = false;
};

struct DoubtFigures {
  ProviderId provider;
  std::uint64_t count = 0;
  std::uint64_t held = 0;  // of them, those nobody asks about any more
  Instant oldest{};        // since when the oldest of them
};

// A question that is due.
struct DoubtQuestion {
  DeliveryId delivery;
  AttemptId attempt;
  Instant since{};
  std::uint32_t asks = 0;  // before this one
  bool requested = false;  // by an operator
  std::vector<Reference> references;
};
// What is done about one: asked, and looked at again at `again_at`; or held, and not asked any more.
struct DoubtStep {
  DeliveryId delivery;
  AttemptId attempt;
  Instant again_at{};
  Held held = Held::no;
};

// An operator's decision about the doubt of one attempt.
struct DoubtDecision {
  DeliveryId delivery;
  std::optional<AttemptId> attempt;            // the one the operator saw; another one is in doubt now: conflict "another_attempt"
  std::optional<OrganisationId> organisation;  // what the operator may see; another's is not_found
  std::string actor;                           // who; kept in the event
  std::string reason;                          // why; kept in the event
};

// A waiting delivery that two crashes in a row found in hand: the next may be its doing.
struct Suspect {
  Lane lane;
  DueDelivery row;
};

// Errors of the verbs about one: not_found "doubt_not_found", conflict "already_settled" (it was in doubt, but is not any more).
class Doubts {
 public:
  virtual ~Doubts() = default;

  virtual Result<DoubtPage> list(const DoubtQuery& query) = 0;
  // By the id of the delivery, or of its notification.
  virtual Result<Doubt> find(const Uuid& id, std::optional<OrganisationId> organisation) = 0;
  // By provider; those without doubts are left out. Cheap while there are few.
  virtual Result<std::vector<DoubtFigures>> figures() = 0;

  // Questions for the provider due at `now`, oldest first; without `by_itself` only those an operator wants. Reads only.
  virtual Result<std::vector<DoubtQuestion>> questions(ProviderId provider, bool by_itself, Instant now, std::size_t limit) = 0;
  // Writes down that they are asked now, or held, each compare-and-set by its attempt. True for those that are still in doubt.
  virtual Result<std::vector<bool>> proceed(std::span<const DoubtStep> steps, Instant now) = 0;

  // The provider is asked at once, also when it had been given up.
  virtual Status ask(const DoubtDecision& decision, Instant now) = 0;
  // It is sent again: due at `now`, until `expires_at` when given. conflict "expired" when its time has passed and none is given.
  virtual Result<NotificationStatus> resend(const DoubtDecision& decision, std::optional<Instant> expires_at, Instant now) = 0;
  // Ends it as `sent` (or `simulated`), `refused` or `no_outcome`; any other result is invalid "not_an_operators_result": only receipts
  // say more, and a late one still does.
  virtual Result<NotificationStatus> close(const DoubtDecision& decision, DeliveryResult result, Instant now) = 0;

  // Those waiting, at most `limit`.
  virtual Result<std::vector<Suspect>> suspects(std::size_t limit) = 0;
};

}  // namespace messo
