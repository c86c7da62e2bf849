// An organisation with a message that was sent and receipts that came back, over a store in memory.
#pragma once
#include <gtest/gtest.h>

#include "evidence/chain_keeper.hpp"
#include "evidence/package.hpp"
#include "evidence/verify.hpp"
#include "store/engines.hpp"
#include "support/store_jobs.hpp"

namespace messo::testing {

using namespace std::chrono_literals;

class EvidenceStory : public ::testing::Test {
 protected:
  EvidenceStory() {
    Organisation comune;
    comune.id = who.organisation;
    comune.key = "comune";
    comune.name = "Comune di <Prova> & Co";
    comune.hmac_key = Secret(std::string(32, 'k'));
    Provider pec;
    pec.id = provider;
    pec.key = "gestore-pec";
    pec.plugin = "pec";
    pec.channel = Channel::pec;
    DirectoryChange change;
    change.actor = "test";
    change.organisations = {comune};
    change.providers = {pec};
    EXPECT_TRUE(store->directory().apply(change, store->directory().snapshot()->version, now()));
    key.emplace(*open_signing_key(store->evidence_chain()));
    keeper.emplace(ChainOptions{.leaves = 4}, store->evidence_chain(), *key, clock, *log);
  }
  Instant now() const { return clock.now(); }

  NewNotification job() {
    auto out = email_job(who, now(), "anna@pec.example.org");
    out.steps[0].spec.channel = out.delivery.channel = Channel::pec;
    out.delivery.pool = "pec";
    out.template_class = TemplateClass::legal;
    out.protocol = "2026/1234";
    return out;
  }
  // Accepted and handed over; what was handed over is kept first.
  NewNotification sent(
      const std::string& bytes = "From: ente@pec.example.it\r\nTo: anna@pec.example.org\r\nSubject: Atto\r\n\r\nTesto\r\n") {
    clock.advance(1s);
    const auto made = job();
    EXPECT_TRUE(store->intake().accept(made));
    const LeaseOrder order{made.delivery.id, AttemptId::make(now()), provider, true};
    EXPECT_TRUE(store->work().lease({"n", BootId::make(now())}, std::span(&order, 1), {}, now()));
    const auto blob = store->blobs().put(who.organisation, bytes);
    const Reference reference{"message-id", made.delivery.id.to_string() + "@pec.example.it", 0};
    EXPECT_TRUE(store->evidence().keep(order.attempt, *blob, bytes.size(), std::span(&reference, 1), now()));
    OutcomeRecord record;
    record.attempt = order.attempt;
    record.outcome = outcome_of(OutcomeKind::pending);
    record.verdict.change = Change::sent_awaiting;
    record.verdict.deadline = now() + 30h;
    record.at = now();
    EXPECT_TRUE(store->work().record(std::span(&record, 1)));
    return made;
  }
  ReceiptRecorded receipt(const NewNotification& of, ReceiptKind says, const std::string& original,
                          Verification verification = Verification::valid) {
    clock.advance(1s);
    Receipt r;
    r.dedupe_key = "r" + std::to_string(++receipts);
    r.references = {{"message-id", of.delivery.id.to_string() + "@pec.example.it", 0}};
    r.kind = says;
    if (says == ReceiptKind::milestone) r.milestone = Milestone::accepted;
    r.verification = verification;
    r.at = now() - 10s;
    r.code = says == ReceiptKind::delivered ? "pec.delivered" : "pec.accepted";
    r.raw_owner = who.organisation;
    r.raw = *store->blobs().put(who.organisation, original);
    const auto got = store->receipts().record(provider, std::span(&r, 1), nullptr, {}, now());
    EXPECT_TRUE(got);
    return got->at(0);
  }
  // The usual: accepted and delivered.
  NewNotification delivered() {
    const auto made = sent();
    receipt(made, ReceiptKind::milestone, "X-Ricevuta: accettazione\r\n\r\naccettazione of " + made.id.to_string() + "\r\n");
    receipt(made, ReceiptKind::delivered, "X-Ricevuta: avvenuta-consegna\r\n\r\nconsegna of " + made.id.to_string() + "\r\n");
    return made;
  }

  // Reads the receipts of this story as a channel's reader would.
  static MaterialReader reader() {
    MaterialReader out;
    out.receipt = [](const Provider*, std::string_view original) -> std::optional<ReceiptMeaning> {
      if (!original.starts_with("X-Ricevuta: ")) return {};
      ReceiptMeaning meaning;
      meaning.kind = original.substr(12, original.find('\r') - 12);
      meaning.verification = original.find("forged") == std::string_view::npos ? "VALID" : "INVALID";
      meaning.reason = meaning.verification == "VALID" ? "" : "the digest differs";
      meaning.recipient = "anna@pec.example.org";
      meaning.extract = "<postacert tipo=\"" + meaning.kind + "\"/>";
      return meaning;
    };
    out.sent = [](std::string_view begin) -> std::optional<SentHead> {
      return SentHead{"ente@pec.example.it", "anna@pec.example.org", begin.find("Subject: Atto") == std::string_view::npos ? "" : "Atto",
                      "", ""};
    };
    return out;
  }
  EvidenceDesk desk(EvidenceDeskOptions options = {}) {
    options.made_by = "messo test";
    return {std::move(options), *store, *key, reader(), clock};
  }
  static std::string bytes_of(const EvidencePackage& package, std::uint64_t piece = 1000) {
    std::string out;
    while (out.size() < package.size()) {
      const auto part = package.read(out.size(), piece);
      if (!part || part->empty()) {
        ADD_FAILURE() << "reading broke off at " << out.size();
        break;
      }
      out += *part;
    }
    return out;
  }
  std::string archive(const NewNotification& of) {
    auto at = desk();
    const auto package = at.package({}, of.id);
    if (!package) {
      ADD_FAILURE() << package.error().code << " " << package.error().detail;
      return {};
    }
    return bytes_of(**package);
  }
  VerifyOptions options() const { return {key->public_key(), reader()}; }

  ManualClock clock;
  Sending who;
  ProviderId provider = ProviderId::make(from_unix_ms(1));
  std::unique_ptr<Log> log = make_null_log();
  std::unique_ptr<Store> store = make_memory_store(clock);
  std::optional<SigningKey> key;
  std::optional<ChainKeeper> keeper;
  int receipts = 0;
};

// What fails, one line each.
inline std::string failures(const VerifyReport& report) {
  std::string out;
  for (const EvidenceCheck& check : report.checks) {
    if (!check.holds) out += std::string(to_string(check.kind)) + " " + check.subject + ": " + check.sentence + "\n";
  }
  return out;
}

}  // namespace messo::testing
