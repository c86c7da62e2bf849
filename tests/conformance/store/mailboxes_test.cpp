// Mailboxes that receipts are fetched from: one poller each, nothing twice, nothing lost, poison set aside.
#include "conformance/store/store_fixture.hpp"

namespace messo::testing {
namespace {

class MailboxesTest : public StoreTest {
 protected:
  MailboxStore& boxes() { return store().mailboxes(); }
  void polled(const PollState& poll, std::span<const Receipt> receipts = {}) {
    must(store().receipts().record(provider, receipts, &poll, {}, now()));
  }
  MailboxPosition position(std::string_view mailbox = "INBOX") { return must(boxes().position(provider, mailbox, 100)); }
  ItemKnown known(std::string item, std::string_view mailbox = "INBOX") {
    return must(boxes().known(provider, mailbox, std::span(&item, 1))).at(0);
  }
  static PollState failed(std::string item, std::string problem = "cannot be read") {
    PollState poll{"INBOX", "1", {}};
    poll.troubled.push_back({std::move(item), "pec.broken", std::move(problem), {}, 0});
    return poll;
  }
};

TEST_P(MailboxesTest, the_cursor_and_what_was_seen_are_kept_with_the_receipts) {
  EXPECT_EQ(position().cursor, "");
  Receipt r;
  r.dedupe_key = "r1";
  r.references = {{"message_id", "m1", 0}};
  polled({"INBOX", "uid:42", {"uidl-1", "uidl-2"}}, std::span(&r, 1));
  EXPECT_EQ(position().cursor, "uid:42");
  EXPECT_EQ(known("uidl-2"), ItemKnown::seen);
  EXPECT_EQ(known("uidl-3"), ItemKnown::fresh);
  EXPECT_EQ(known("uidl-2", "Archivio"), ItemKnown::fresh);
  std::string item = "uidl-2";
  EXPECT_EQ(must(boxes().known(ProviderId::make(now()), "INBOX", std::span(&item, 1))).at(0), ItemKnown::fresh);
  polled({"INBOX", "uid:50", {"uidl-3"}});
  EXPECT_EQ(position().cursor, "uid:50");
  EXPECT_EQ(known("uidl-1"), ItemKnown::seen);
}

TEST_P(MailboxesTest, what_is_durable_is_acknowledged_until_that_was_done) {
  polled({"INBOX", "2", {"a", "b"}});
  EXPECT_EQ(position().unacked.size(), 2U);
  const std::vector<std::string> told{"a"};
  must(boxes().acked(provider, "INBOX", told));
  EXPECT_EQ(position().unacked, std::vector<std::string>{"b"});
  polled({"INBOX", "2", {"a"}});
  EXPECT_EQ(position().unacked, std::vector<std::string>{"b"}) << "seen again is not new";
}

TEST_P(MailboxesTest, one_node_polls_a_mailbox_at_a_time) {
  const Worker other{"node-2", BootId::make(now())};
  EXPECT_TRUE(must(boxes().lease(worker, provider, "INBOX", 1min, now())));
  EXPECT_TRUE(must(boxes().lease(worker, provider, "INBOX", 1min, now()))) << "prolonged";
  EXPECT_FALSE(must(boxes().lease(other, provider, "INBOX", 1min, now())));
  EXPECT_TRUE(must(boxes().lease(other, provider, "Archivio", 1min, now())));
  clock.advance(61s);
  EXPECT_TRUE(must(boxes().lease(other, provider, "INBOX", 1min, now())));
  EXPECT_FALSE(must(boxes().lease(worker, provider, "INBOX", 1min, now())));
  must(boxes().release(worker, provider, "INBOX"));
  EXPECT_FALSE(must(boxes().lease(worker, provider, "INBOX", 1min, now()))) << "it was not its own to give back";
  must(boxes().release(other, provider, "INBOX"));
  EXPECT_TRUE(must(boxes().lease(worker, provider, "INBOX", 1min, now())));
}

TEST_P(MailboxesTest, a_crash_leaves_a_lease_that_the_same_node_takes_over_at_once) {
  EXPECT_TRUE(must(boxes().lease(worker, provider, "INBOX", 1h, now())));
  const Worker again{worker.node, BootId::make(now())};
  EXPECT_TRUE(must(boxes().lease(again, provider, "INBOX", 1h, now())));
}

TEST_P(MailboxesTest, whoever_lost_the_mailbox_records_nothing) {
  const Worker other{"node-2", BootId::make(now())};
  EXPECT_TRUE(must(boxes().lease(worker, provider, "INBOX", 1min, now())));
  clock.advance(2min);
  EXPECT_TRUE(must(boxes().lease(other, provider, "INBOX", 1min, now())));
  Receipt r;
  r.dedupe_key = "r1";
  PollState late{"INBOX", "9", {"a"}};
  late.lease = worker;
  EXPECT_EQ(code_of(store().receipts().record(provider, std::span(&r, 1), &late, {}, now())), "mailbox_lost");
  EXPECT_EQ(position().cursor, "");
  EXPECT_TRUE(must(store().receipts().list({})).empty());
  late.lease = other;
  EXPECT_EQ(code_of(store().receipts().record(provider, std::span(&r, 1), &late, {}, now())), "(fine)");
}

TEST_P(MailboxesTest, an_item_that_fails_is_tried_again_and_ends_in_quarantine) {
  polled(failed("bad"));
  EXPECT_EQ(position().again, std::vector<std::string>{"bad"});
  EXPECT_EQ(known("bad"), ItemKnown::fresh);
  EXPECT_TRUE(must(boxes().quarantine({}, 10)).empty());
  clock.advance(1min);
  polled(failed("bad"));
  clock.advance(1min);
  polled(failed("bad", "still cannot be read"));
  EXPECT_TRUE(position().again.empty());
  EXPECT_EQ(known("bad"), ItemKnown::quarantined);
  const auto waiting = must(boxes().quarantine(provider, 10));
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].item, "bad");
  EXPECT_EQ(waiting[0].mailbox, "INBOX");
  EXPECT_EQ(waiting[0].tries, 3U);
  EXPECT_EQ(waiting[0].code, "pec.broken");
  EXPECT_EQ(waiting[0].problem, "still cannot be read");
  EXPECT_EQ(waiting[0].last_at - waiting[0].first_at, 2min);
  EXPECT_EQ(must(boxes().quarantined(waiting[0].id)).item, "bad");
  EXPECT_TRUE(must(boxes().quarantine(ProviderId::make(now()), 10)).empty());
  EXPECT_EQ(must(store().receipts().figures(now())).quarantined, 1U);
  EXPECT_TRUE(position().unacked.empty()) << "the provider keeps its copy";
}

TEST_P(MailboxesTest, trouble_that_ends_is_forgotten) {
  polled(failed("bad"));
  polled({"INBOX", "2", {"bad"}});
  EXPECT_TRUE(position().again.empty());
  EXPECT_EQ(known("bad"), ItemKnown::seen);
  EXPECT_EQ(position().unacked, std::vector<std::string>{"bad"});
}

TEST_P(MailboxesTest, an_operator_has_an_item_fetched_again_with_all_its_tries) {
  for (int i = 0; i < 3; ++i) polled(failed("bad"));
  const auto id = must(boxes().quarantine({}, 10)).at(0).id;
  must(boxes().retry(id));
  EXPECT_EQ(position().again, std::vector<std::string>{"bad"});
  EXPECT_EQ(boxes().retry(id).error().code, "no_such_item");
  EXPECT_EQ(code_of(boxes().quarantined(id)), "no_such_item");
  polled(failed("bad"));
  EXPECT_TRUE(must(boxes().quarantine({}, 10)).empty());
}

TEST_P(MailboxesTest, a_dropped_item_is_acknowledged_and_its_copy_collected) {
  PollState poll = failed("bad");
  poll.quarantine_after = 1;
  poll.troubled[0].raw = must(store().blobs().put(OrganisationId{provider.value}, "the item"));
  poll.troubled[0].size = 8;
  polled(poll);
  const auto item = must(boxes().quarantine({}, 10)).at(0);
  EXPECT_EQ(item.raw, poll.troubled[0].raw);
  EXPECT_EQ(item.size, 8U);
  clock.advance(2h);
  EXPECT_EQ(must(store().blobs().collect(now())), 0U);
  must(boxes().drop(item.id, now()));
  EXPECT_EQ(known("bad"), ItemKnown::seen);
  EXPECT_EQ(position().unacked, std::vector<std::string>{"bad"});
  EXPECT_EQ(boxes().drop(item.id, now()).error().code, "no_such_item");
  EXPECT_EQ(must(store().blobs().collect(now())), 1U);
}

MESSO_EACH_ENGINE(MailboxesTest);

}  // namespace
}  // namespace messo::testing
