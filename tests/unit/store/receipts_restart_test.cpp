// Receipts and mailboxes over a restart: matched once their reference comes, polled on from where they were.
#include "sqlite_fixture.hpp"

namespace messo::testing {
namespace {

class ReceiptsRestartTest : public SqliteStoreTest {};

TEST_F(ReceiptsRestartTest, a_receipt_kept_before_the_restart_is_matched_after_it) {
  ASSERT_EQ(open(), "");
  Receipt early;
  early.dedupe_key = "r1";
  early.references = {{"message_id", "m1", 0}};
  early.kind = ReceiptKind::delivered;
  early.verification = Verification::valid;
  early.raw_owner = OrganisationId{provider.value};
  early.raw = *store->blobs().put(early.raw_owner, "the original");
  PollState poll{"INBOX", "uid:7", {"a"}};
  poll.troubled.push_back({"b", "pec.broken", "cannot be read", {}, 0});
  poll.lease = worker;
  ASSERT_TRUE(*store->mailboxes().lease(worker, provider, "INBOX", 1h, clock.now()));
  ASSERT_TRUE(store->receipts().record(provider, std::span(&early, 1), &poll, {}, clock.now()));

  ASSERT_EQ(open(), "");
  const auto position = *store->mailboxes().position(provider, "INBOX", 10);
  EXPECT_EQ(position.cursor, "uid:7");
  EXPECT_EQ(position.unacked, std::vector<std::string>{"a"});
  EXPECT_EQ(position.again, std::vector<std::string>{"b"});
  const Worker next{worker.node, BootId::make(clock.now())};
  EXPECT_FALSE(*store->mailboxes().lease({"node-2", next.boot}, provider, "INBOX", 1h, clock.now())) << "the lease survives";
  EXPECT_TRUE(*store->mailboxes().lease(next, provider, "INBOX", 1h, clock.now())) << "its own node takes it over";
  const auto again = store->receipts().record(provider, std::span(&early, 1), nullptr, {}, clock.now());
  EXPECT_TRUE(again->front().duplicate);

  const auto job = accepted();
  const LeaseOrder order{job.delivery.id, AttemptId::make(clock.now()), provider, true};
  ASSERT_EQ(store->work().lease(worker, std::span(&order, 1), {}, clock.now())->size(), 1U);
  OutcomeRecord record{order.attempt, outcome_of(OutcomeKind::pending), {}, "", clock.now()};
  record.outcome.references = early.references;
  record.verdict.change = Change::sent_awaiting;
  ASSERT_TRUE(store->work().record(std::span(&record, 1)));
  EXPECT_EQ(store->ledger().find({}, job.id)->summary.status, NotificationStatus::delivered);
  ASSERT_EQ(store->receipts().misplaced(10)->size(), 1U);
  expect_books_balance();
}

}  // namespace
}  // namespace messo::testing
