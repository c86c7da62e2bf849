// Evidence as it is read, chained and pruned.
#include "conformance/store/store_fixture.hpp"

namespace messo::testing {
namespace {

class EvidenceChainTest : public StoreTest {
 protected:
  // Handed over with these bytes kept first; closed as sent unless a receipt is awaited.
  struct Sent {
    NewNotification job;
    AttemptId attempt;
    BlobId bytes;
  };
  Sent handed_over(const std::string& bytes, TemplateClass template_class = TemplateClass::legal) {
    clock.advance(1s);
    auto job = email_job(who, now());
    job.template_class = template_class;
    accepted(job);
    Sent out{job, leased(job).attempt, must(store().blobs().put(who.organisation, bytes))};
    const Reference reference{"message-id", "m" + job.delivery.id.to_string(), 0};
    must(store().evidence().keep(out.attempt, out.bytes, bytes.size(), std::span(&reference, 1), now()));
    recorded(out.attempt, outcome_of(OutcomeKind::pending), waits());
    return out;
  }
  Verdict waits() const {
    Verdict out = verdict(Change::sent_awaiting);
    out.deadline = now() + 24h;
    return out;
  }
  Receipt receipt_of(const NewNotification& job, const std::string& original) {
    Receipt r;
    r.dedupe_key = original;
    r.references = {{"message-id", "m" + job.delivery.id.to_string(), 0}};
    r.kind = ReceiptKind::delivered;
    r.verification = Verification::valid;
    r.at = from_unix_ms(1'780'000'000'000);
    r.code = "pec.delivered";
    r.raw_owner = who.organisation;
    r.raw = must(store().blobs().put(who.organisation, original));
    return r;
  }
  ReceiptId record(const Receipt& r) {
    clock.advance(1s);
    return must(store().receipts().record(provider, std::span(&r, 1), nullptr, {}, now())).at(0).id;
  }
  EvidenceSegment segment_of(std::span<const EvidenceEntry> entries, std::uint64_t number) {
    EvidenceSegment out;
    out.organisation = who.organisation;
    out.number = number;
    for (const EvidenceEntry& e : entries) out.leaves.push_back(sha256(e.id.to_string()));
    out.count = out.leaves.size();
    out.root = sha256("root " + std::to_string(number));
    out.previous = sha256("previous " + std::to_string(number));
    out.closed_at = now();
    out.public_key = std::string(32, 'p');
    out.signature = std::string(64, 's');
    return out;
  }
  std::vector<EvidenceEntry> waiting() { return must(chain().unchained_of(who.organisation, 100)); }
  EvidenceChain& chain() { return store().evidence_chain(); }
};

TEST_P(EvidenceChainTest, a_notifications_evidence_is_what_was_sent_and_what_came_back_with_an_original) {
  const auto sent = handed_over("the message");
  const auto receipt = record(receipt_of(sent.job, "the receipt"));
  Receipt bare = receipt_of(sent.job, "no original");
  bare.raw.reset();
  record(bare);
  record(receipt_of(email_job(who, now()), "somebody else's"));
  handed_over("another message");

  const auto entries = must(chain().entries_of(sent.job.id, 100));
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].kind, EvidenceKind::as_sent);
  EXPECT_EQ(entries[0].id, sent.attempt.value);
  EXPECT_EQ(entries[0].organisation, who.organisation);
  EXPECT_EQ(entries[0].delivery, sent.job.delivery.id);
  EXPECT_EQ(entries[0].provider, provider);
  EXPECT_EQ(entries[0].original, sent.bytes);
  EXPECT_EQ(entries[0].size, 11U);
  EXPECT_FALSE(entries[0].segment);
  EXPECT_EQ(entries[1].kind, EvidenceKind::receipt);
  EXPECT_EQ(entries[1].id, receipt.value);
  EXPECT_EQ(entries[1].attempt, sent.attempt);
  EXPECT_EQ(entries[1].delivery, sent.job.delivery.id);
  EXPECT_EQ(entries[1].original.digest, sha256("the receipt"));
  EXPECT_EQ(entries[1].blob_owner, who.organisation);
  EXPECT_EQ(entries[1].says, ReceiptKind::delivered);
  EXPECT_EQ(entries[1].verification, Verification::valid);
  EXPECT_EQ(entries[1].code, "pec.delivered");
  EXPECT_EQ(entries[1].happened_at, from_unix_ms(1'780'000'000'000));
  EXPECT_TRUE(entries[1].settles);
  EXPECT_EQ(must(chain().entries_of(sent.job.id, 1)).size(), 1U);
  EXPECT_TRUE(must(chain().entries_of(NotificationId::make(now()), 10)).empty());
}

TEST_P(EvidenceChainTest, a_receipt_counts_once_its_delivery_is_known) {
  auto job = email_job(who, now());
  const auto early = record(receipt_of(job, "early"));
  EXPECT_TRUE(must(chain().unchained()).empty());
  accepted(job);
  const auto attempt = leased(job).attempt;
  Outcome outcome = outcome_of(OutcomeKind::pending);
  outcome.references = {{"message-id", "m" + job.delivery.id.to_string(), 0}};
  recorded(attempt, outcome, waits());
  const auto entries = waiting();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].id, early.value);
  EXPECT_EQ(entries[0].attempt, attempt);
}

TEST_P(EvidenceChainTest, what_is_in_no_segment_is_counted_and_listed_the_oldest_first) {
  EXPECT_TRUE(must(chain().unchained()).empty());
  const auto first = handed_over("a");
  const auto oldest = now();
  record(receipt_of(first.job, "ra"));
  handed_over("b");
  const auto sums = must(chain().unchained());
  ASSERT_EQ(sums.size(), 1U);
  EXPECT_EQ(sums[0].organisation, who.organisation);
  EXPECT_EQ(sums[0].count, 3U);
  EXPECT_EQ(sums[0].oldest, oldest);
  const auto two = must(chain().unchained_of(who.organisation, 2));
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].kind, EvidenceKind::as_sent);
  EXPECT_EQ(two[1].kind, EvidenceKind::receipt);
  EXPECT_TRUE(must(chain().unchained_of(OrganisationId::make(now()), 10)).empty());
}

TEST_P(EvidenceChainTest, a_segment_takes_its_entries_once_and_is_read_as_it_was_stored) {
  const auto sent = handed_over("a");
  record(receipt_of(sent.job, "ra"));
  EXPECT_FALSE(must(chain().last_segment(who.organisation)));
  const auto entries = waiting();
  const auto segment = segment_of(entries, 1);
  must(chain().close_segment(segment, entries));
  EXPECT_TRUE(waiting().empty());
  EXPECT_TRUE(must(chain().unchained()).empty());
  const auto back = must(chain().segment(who.organisation, 1));
  EXPECT_EQ(back.leaves, segment.leaves);
  EXPECT_EQ(back.count, 2U);
  EXPECT_EQ(back.root, segment.root);
  EXPECT_EQ(back.previous, segment.previous);
  EXPECT_EQ(back.closed_at, segment.closed_at);
  EXPECT_EQ(back.public_key, segment.public_key);
  EXPECT_EQ(back.signature, segment.signature);
  EXPECT_EQ(must(chain().last_segment(who.organisation))->number, 1U);
  EXPECT_EQ(must(chain().entries_of(sent.job.id, 10)).at(1).segment, 1U);
  EXPECT_EQ(code_of(chain().segment(who.organisation, 2)), "no_such_segment");
}

TEST_P(EvidenceChainTest, a_segment_that_does_not_fit_any_more_stores_nothing) {
  handed_over("a");
  const auto entries = waiting();
  EXPECT_EQ(chain().close_segment(segment_of(entries, 2), entries).error().code, "chain_moved") << "there is no first";
  must(chain().close_segment(segment_of(entries, 1), entries));
  EXPECT_EQ(chain().close_segment(segment_of(entries, 1), entries).error().code, "chain_moved") << "there is one";
  EXPECT_EQ(chain().close_segment(segment_of(entries, 2), entries).error().code, "chain_moved") << "its entry is in another";
  handed_over("b");
  auto gone = waiting();
  gone.push_back(gone.front());
  gone.back().id = AttemptId::make(now()).value;
  gone.back().attempt = AttemptId{gone.back().id};
  EXPECT_EQ(chain().close_segment(segment_of(gone, 2), gone).error().code, "chain_moved") << "one is gone";
  EXPECT_EQ(waiting().size(), 1U);
  EXPECT_FALSE(chain().segment(who.organisation, 2));
}

TEST_P(EvidenceChainTest, the_signing_seed_is_kept_from_the_first_time_on) {
  const Secret first(std::string(32, '1'));
  EXPECT_EQ(must(chain().signing_seed(first)).reveal(), first.reveal());
  EXPECT_EQ(must(chain().signing_seed(Secret(std::string(32, '2')))).reveal(), first.reveal());
}

TEST_P(EvidenceChainTest, legal_evidence_is_kept_for_its_term_and_goes_with_its_notification) {
  const auto legal = handed_over("legal"), courtesy = handed_over("courtesy", TemplateClass::courtesy);
  record(receipt_of(legal.job, "of the legal one"));
  record(receipt_of(courtesy.job, "of the other one"));
  const auto entries = waiting();
  must(chain().close_segment(segment_of(entries, 1), entries));
  const Retention kept;
  const auto prune = [&] {
    while (must(store().ledger().prune(kept, now(), 100)).notifications > 0) {
    }
    must(store().blobs().collect(now()));
  };

  clock.advance(kept.ledger + 24h);
  prune();
  EXPECT_TRUE(must(chain().entries_of(courtesy.job.id, 10)).empty());
  EXPECT_EQ(code_of(store().blobs().size(who.organisation, courtesy.bytes)), "blob_not_found");
  EXPECT_EQ(must(chain().entries_of(legal.job.id, 10)).size(), 2U);
  EXPECT_EQ(must(store().blobs().size(who.organisation, legal.bytes)), 5U);
  EXPECT_EQ(must(chain().segment(who.organisation, 1)).leaves.size(), 4U) << "the proofs of the others need them";

  clock.advance(kept.legal - kept.ledger);
  prune();
  EXPECT_TRUE(must(chain().entries_of(legal.job.id, 10)).empty());
  EXPECT_EQ(code_of(store().blobs().size(who.organisation, legal.bytes)), "blob_not_found");
  const auto segment = must(chain().segment(who.organisation, 1));
  EXPECT_TRUE(segment.leaves.empty());
  EXPECT_EQ(segment.count, 4U);
  EXPECT_EQ(segment.root, sha256("root 1")) << "the chain goes on from it";
}

TEST_P(EvidenceChainTest, erasing_a_person_leaves_the_evidence) {
  const auto sent = handed_over("a");
  record(receipt_of(sent.job, "ra"));
  EXPECT_EQ(must(store().ledger().erase_person(who.organisation, some_hmac("anna@example.org"), now())).erased, 1U);
  EXPECT_FALSE(view(sent.job).content);
  clock.advance(2h);
  must(store().blobs().collect(now()));
  EXPECT_EQ(must(chain().entries_of(sent.job.id, 10)).size(), 2U);
  EXPECT_EQ(must(store().blobs().size(who.organisation, sent.bytes)), 1U);
}

MESSO_EACH_ENGINE(EvidenceChainTest);

}  // namespace
}  // namespace messo::testing
