#include "receipts/receipt_desk.hpp"

#include <gtest/gtest.h>

#include "store/engines.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;

struct ReceiptDeskTest : testing::Test {
  ManualClock clock;
  std::unique_ptr<Store> store = make_memory_store(clock);
  std::unique_ptr<Log> log = make_null_log();
  int told = 0;
  ProviderId provider = ProviderId::make(clock.now()), other = ProviderId::make(clock.now());
  OrganisationId town = OrganisationId::make(clock.now());
  ServiceId desk = ServiceId::make(clock.now());

  ReceiptDesk make(ReceiptDesk::Settling settling = ReceiptDesk::only_valid()) {
    return {*store, clock, *log, std::move(settling), {[this] { ++told; }}};
  }

  // A message the provider took, to be named by `reference`; nothing recorded yet when `with_outcome` is false.
  NotificationId out(const std::string& reference, bool with_outcome = true) {
    NewNotification n;
    n.id = NotificationId::make(clock.now());
    n.organisation = town;
    n.service = desk;
    n.accepted_at = clock.now();
    n.steps.push_back({StepId::make(clock.now()), 0, {}, StepState::active});
    n.delivery.id = DeliveryId::make(clock.now());
    n.delivery.step = n.steps[0].id;
    n.delivery.pool = "pec";
    n.delivery.channel = Channel::pec;
    n.delivery.address_hmac = std::string(16, 'a');
    n.delivery.due_at = clock.now();
    n.delivery.expires_at = clock.now() + 1h;
    EXPECT_TRUE(store->intake().accept(n));
    attempt = AttemptId::make(clock.now());
    const LeaseOrder order{n.delivery.id, attempt, provider, false};
    EXPECT_EQ(store->work().lease({"node", BootId::make(clock.now())}, {&order, 1}, {}, clock.now())->size(), 1U);
    EXPECT_TRUE(store->work().hand_over({&attempt, 1}, clock.now()));
    if (with_outcome) answer(reference);
    return n.id;
  }
  void answer(const std::string& reference) {
    OutcomeRecord record;
    record.attempt = attempt;
    record.outcome.kind = OutcomeKind::pending;
    record.outcome.references.push_back({"message_id", reference, 0});
    record.verdict = {Change::sent_awaiting, {}, clock.now() + 30h, true};
    record.at = clock.now();
    EXPECT_TRUE(store->work().record({&record, 1}));
  }
  static Receipt receipt(const std::string& key, const std::string& reference, Verification verification = Verification::valid) {
    Receipt out;
    out.dedupe_key = key;
    out.kind = ReceiptKind::delivered;
    out.verification = verification;
    out.references.push_back({"message_id", reference, 0});
    return out;
  }
  DeliveryState state(NotificationId id) { return store->ledger().find({}, id)->steps.at(0).deliveries.at(0).state; }
  AttemptId attempt;
};

TEST_F(ReceiptDeskTest, AVerifiedReceiptSettlesItsDelivery) {
  ReceiptDesk stage = make();
  const NotificationId id = out("<a@pec>");
  const Receipt r = receipt("r1", "<a@pec>");
  ASSERT_TRUE(stage.take(provider, {&r, 1}));
  EXPECT_EQ(state(id).result, DeliveryResult::delivered);
  EXPECT_EQ(told, 1);
  const auto counters = stage.counters().at(provider);
  EXPECT_EQ(counters.received, 1U);
  EXPECT_EQ(counters.changed, 1U);
}

TEST_F(ReceiptDeskTest, AnUnverifiedOneIsKeptButSettlesNothingUnlessTheSettingSaysSo) {
  const NotificationId id = out("<a@pec>");
  const Receipt r = receipt("r1", "<a@pec>", Verification::not_checked);
  ReceiptDesk strict = make();
  ASSERT_TRUE(strict.take(provider, {&r, 1}));
  EXPECT_EQ(state(id).phase, Phase::awaiting_receipt);
  EXPECT_EQ(strict.counters().at(provider).not_settling, 1U);

  const Receipt again = receipt("r2", "<a@pec>", Verification::not_checked);
  ReceiptDesk trusting = make([&](ProviderId p) {
    return p == provider ? std::vector{Verification::valid, Verification::not_checked} : std::vector{Verification::valid};
  });
  ASSERT_TRUE(trusting.take(provider, {&again, 1}));
  EXPECT_EQ(state(id).result, DeliveryResult::delivered);
}

TEST_F(ReceiptDeskTest, ReportingItTwiceDoesNoHarm) {
  ReceiptDesk stage = make();
  const NotificationId id = out("<a@pec>");
  const std::vector both{receipt("r1", "<a@pec>"), receipt("r1", "<a@pec>")};
  ASSERT_TRUE(stage.take(provider, both));
  ASSERT_TRUE(stage.take(provider, both));
  EXPECT_EQ(stage.counters().at(provider).duplicates, 3U);
  EXPECT_FALSE(state(id).disputed);
}

TEST_F(ReceiptDeskTest, OneThatOvertakesTheOutcomeWaitsForItsReference) {
  ReceiptDesk stage = make();
  const NotificationId id = out("<a@pec>", false);
  const Receipt r = receipt("r1", "<a@pec>");
  ASSERT_TRUE(stage.take(provider, {&r, 1}));
  EXPECT_EQ(stage.counters().at(provider).unmatched, 1U);
  EXPECT_EQ(state(id).phase, Phase::handed_over);
  answer("<a@pec>");
  EXPECT_EQ(state(id).result, DeliveryResult::delivered);
}

TEST_F(ReceiptDeskTest, AnotherProvidersReceiptNeverSettlesOurDelivery) {
  ReceiptDesk stage = make();
  const NotificationId id = out("<a@pec>");
  const Receipt r = receipt("r1", "<a@pec>");
  ASSERT_TRUE(stage.take(other, {&r, 1}));
  EXPECT_EQ(state(id).phase, Phase::awaiting_receipt);
}

TEST_F(ReceiptDeskTest, TheMailboxCursorIsCommittedWithItsReceipts) {
  ReceiptDesk stage = make();
  const PollState poll{"INBOX", "uid:17", {"m1", "m2"}};
  ASSERT_TRUE(stage.take(provider, {}, &poll));
  const auto position = store->mailboxes().position(provider, "INBOX", 10).value();
  EXPECT_EQ(position.cursor, "uid:17");
  EXPECT_EQ(position.unacked.size(), 2U);
  ASSERT_TRUE(stage.take(provider, {}));
}

TEST_F(ReceiptDeskTest, TheOriginalBelongsToTheOrganisationOfItsDeliveryOrToTheProviderUntilThatIsKnown) {
  ReceiptDesk stage = make();
  out("<a@pec>");
  Receipt matched = receipt("r1", "<a@pec>"), early = receipt("r2", "<b@pec>");
  matched.raw_bytes = "the receipt of a";
  early.raw_bytes = "the receipt of b";
  const std::vector both{matched, early};
  ASSERT_TRUE(stage.take(provider, both));
  const OrganisationId nobody{provider.value};
  EXPECT_EQ(store->blobs().read(town, BlobId{sha256(matched.raw_bytes)}, 0, 100), "the receipt of a");
  EXPECT_EQ(store->blobs().read(nobody, BlobId{sha256(early.raw_bytes)}, 0, 100), "the receipt of b");
  EXPECT_FALSE(store->blobs().size(town, BlobId{sha256(early.raw_bytes)}));
  stage.place_originals();
  EXPECT_FALSE(store->blobs().size(town, BlobId{sha256(early.raw_bytes)})) << "it belongs to nobody yet";
  out("<b@pec>");
  stage.place_originals();
  EXPECT_EQ(store->blobs().read(town, BlobId{sha256(early.raw_bytes)}, 0, 100), "the receipt of b");
  EXPECT_TRUE(store->receipts().misplaced(10)->empty());
}

TEST_F(ReceiptDeskTest, EachProvidersSettingSaysWhichVerificationsSettle) {
  Provider trusting;
  trusting.id = provider;
  trusting.key = "fidato";
  trusting.settle_on = {Verification::valid, Verification::not_checked};
  DirectoryChange change;
  change.providers = {trusting};
  ASSERT_TRUE(store->directory().apply(change, 0, clock.now()));
  const auto settling = ReceiptDesk::by_settings(store->directory());
  EXPECT_EQ(settling(provider), trusting.settle_on);
  EXPECT_EQ(settling(other), std::vector{Verification::valid});
}

}  // namespace
}  // namespace messo
