// Organisations, services, keys, providers, pauses; templates; blobs.
#include "conformance/store/store_fixture.hpp"

namespace messo::testing {
namespace {

class DirectoryTest : public StoreTest {
 protected:
  static Organisation organisation(std::string key) {
    Organisation o;
    o.id = OrganisationId::make(from_unix_ms(5));
    o.key = std::move(key);
    o.name = "Comune";
    return o;
  }
  static Service service(OrganisationId organisation, std::string key) {
    Service s;
    s.id = ServiceId::make(from_unix_ms(5));
    s.organisation = organisation;
    s.key = std::move(key);
    return s;
  }
  DirectoryPtr apply(const DirectoryChange& change) {
    return must(store().directory().apply(change, store().directory().snapshot()->version, now()));
  }
  std::string refused(const DirectoryChange& change) {
    return code_of(store().directory().apply(change, store().directory().snapshot()->version, now()));
  }
};

TEST_P(DirectoryTest, what_is_applied_is_what_is_read) {
  Organisation region = organisation("regione");
  Organisation town = organisation("comune");
  town.parent = region.id;
  town.weight = 7;
  Service desk = service(town.id, "sportello");
  desk.senders[Channel::email] = {"sue@comune.example", "Sportello unico", "risposte@comune.example"};
  desk.limits = {50, 1000};
  const NewApiKey secret = make_api_key(KeyKind::test);
  ApiKey key{KeyId::make(now()), desk.id, "gestionale", KeyKind::test, {}, secret.hash, now(), {}};
  key.scopes.add(Scope::send);
  Provider smtp;
  smtp.id = ProviderId::make(now());
  smtp.key = "posta";
  smtp.plugin = "smtp";
  smtp.pool = "email";
  smtp.organisations = {town.id};
  smtp.config_json = R"({"host":"mail.example"})";
  smtp.secrets_json = Secret(R"({"password":"segreta"})");
  smtp.rates = {10, 0, 5000, 600};
  smtp.on_doubt = OnDoubt::resend;
  smtp.settle_on = {Verification::valid, Verification::not_checked};
  smtp.callback_token = make_callback_token();
  smtp.retry = RetryPolicy{{Seconds{60}, Seconds{300}}, 5};
  DirectoryChange change;
  change.organisations = {region, town};
  change.services = {desk};
  change.keys = {key};
  change.providers = {smtp};
  change.pauses = {{PauseScope::pool, "email", "manutenzione", now()}};
  change.actor = "root";
  change.audit = {"organisation comune made", "service sportello made"};
  DirectoryPtr told;
  store().directory().on_change([&](DirectoryPtr now_it_is) { told = std::move(now_it_is); });
  const auto after = apply(change);
  EXPECT_EQ(told, after);
  EXPECT_EQ(store().directory().snapshot(), after);
  EXPECT_EQ(after->version, 1U);
  ASSERT_NE(after->organisation_by_key("comune"), nullptr);
  EXPECT_EQ(after->organisation_by_key("comune")->parent, region.id);
  EXPECT_EQ(after->organisation_by_key("comune")->weight, 7U);
  EXPECT_EQ(after->organisation_by_key("comune")->hmac_key.reveal().size(), 32U);
  ASSERT_NE(after->service_by_key(town.id, "sportello"), nullptr);
  EXPECT_EQ(after->services.at(desk.id).senders.at(Channel::email).reply_to, "risposte@comune.example");
  EXPECT_EQ(after->keys.at(0).hash, secret.hash);
  EXPECT_EQ(after->providers.at(smtp.id).secrets_json.reveal(), R"({"password":"segreta"})");
  EXPECT_EQ(after->providers.at(smtp.id).retry, smtp.retry);
  EXPECT_EQ(after->providers.at(smtp.id).settle_on, smtp.settle_on);
  EXPECT_EQ(after->providers.at(smtp.id).callback_token.reveal(), smtp.callback_token.reveal());
  EXPECT_EQ(after->providers.at(smtp.id).version, 1U);
  EXPECT_TRUE(after->paused(PauseScope::pool, "email"));
  const auto audit = must(store().directory().audit(10));
  ASSERT_EQ(audit.size(), 2U);
  EXPECT_EQ(audit[0].sentence, "service sportello made");
  EXPECT_EQ(audit[0].actor, "root");
  EXPECT_EQ(must(store().directory().audit(1)).size(), 1U);
}

TEST_P(DirectoryTest, regions_and_aliases_are_kept_changed_and_removed) {
  Organisation town = organisation("comune");
  town.region = "SM";
  DirectoryChange change;
  change.organisations = {town};
  const SmsSender one{town.id, "Comune", AliasState::pending, "", "chiesto a maggio"};
  const SmsSender two{town.id, "Anagrafe", AliasState::registered, "2026-05-04", ""};
  change.sms_senders = {one, two};
  EXPECT_EQ(apply(change)->region_of(town.id), "SM");
  change = {};
  SmsSender registered = one;
  registered.state = AliasState::registered;
  registered.registered_on = "2026-06-01";
  change.sms_senders = {registered};
  change.sms_senders_removed = {two};
  const auto now_is = apply(change);
  ASSERT_EQ(now_is->sms_senders.size(), 1U);
  EXPECT_EQ(now_is->sms_senders.begin()->second, registered);
  EXPECT_EQ(now_is->organisation_by_key("comune")->region, "SM");
  change = {};
  change.sms_senders = {{OrganisationId::make(now()), "Altri", AliasState::registered, "", ""}};
  EXPECT_EQ(refused(change), "unknown_organisation");
}

TEST_P(DirectoryTest, a_change_of_what_changed_meanwhile_is_a_conflict) {
  DirectoryChange change;
  change.organisations = {organisation("comune")};
  must(store().directory().apply(change, 0, now()));
  change.organisations = {organisation("altro")};
  EXPECT_EQ(code_of(store().directory().apply(change, 0, now())), "directory_changed");
  EXPECT_EQ(store().directory().snapshot()->version, 1U);
  EXPECT_EQ(store().directory().snapshot()->organisation_by_key("altro"), nullptr);
}

TEST_P(DirectoryTest, keys_are_unique_and_references_exist) {
  DirectoryChange change;
  change.organisations = {organisation("comune"), organisation("comune")};
  EXPECT_EQ(refused(change), "key_taken");
  change = {};
  change.services = {service(OrganisationId::make(now()), "sportello")};
  EXPECT_EQ(refused(change), "unknown_organisation");
  const Organisation town = organisation("comune");
  change.organisations = {town};
  change.services = {service(town.id, "sportello"), service(town.id, "sportello")};
  EXPECT_EQ(refused(change), "key_taken");
  change.services = {service(town.id, "sportello")};
  change.keys = {{KeyId::make(now()), ServiceId::make(now()), "k", KeyKind::live, {}, {}, now(), {}}};
  EXPECT_EQ(refused(change), "unknown_service");
  change = {};
  Organisation a = organisation("a"), b = organisation("b");
  a.parent = b.id;
  b.parent = a.id;
  change.organisations = {a, b};
  EXPECT_EQ(refused(change), "organisation_cycle");
  EXPECT_EQ(store().directory().snapshot()->version, 0U);
}

TEST_P(DirectoryTest, an_organisations_hmac_key_never_changes) {
  Organisation town = organisation("comune");
  DirectoryChange change;
  change.organisations = {town};
  const std::string before(apply(change)->organisations.at(town.id).hmac_key.reveal());
  town.name = "Comune nuovo";
  town.hmac_key = Secret(std::string(32, 'x'));
  change.organisations = {town};
  const auto after = apply(change);
  EXPECT_EQ(after->organisations.at(town.id).name, "Comune nuovo");
  EXPECT_EQ(after->organisations.at(town.id).hmac_key.reveal(), before);
}

TEST_P(DirectoryTest, a_pause_is_set_and_lifted) {
  const Pause pause{PauseScope::provider, std::string(ProviderId::make(now()).value.view()), "guasto", now()};
  DirectoryChange change;
  change.pauses = {pause};
  apply(change);
  EXPECT_TRUE(apply(change)->paused(PauseScope::provider, pause.subject));
  EXPECT_EQ(store().directory().snapshot()->pauses.size(), 1U);
  change = {};
  change.resumed = {pause};
  EXPECT_FALSE(apply(change)->paused(PauseScope::provider, pause.subject));
}

class TemplatesTest : public StoreTest {
 protected:
  TemplateVersion draft(std::string definition, std::string key = "avvio") {
    TemplateVersion v;
    v.organisation = who.organisation;
    v.key = std::move(key);
    v.title = "Avvio";
    v.template_class = TemplateClass::legal;
    v.default_language = "it";
    v.definition_json = std::move(definition);
    return must(store().templates().put_draft(v));
  }
  Result<TemplateVersion> publish(std::uint32_t number) { return store().templates().publish(who.organisation, "avvio", number, now()); }
};

TEST_P(TemplatesTest, drafts_are_replaced_until_one_is_published) {
  const auto before = store().templates().generation();
  const auto first = draft("{1}");
  EXPECT_EQ(first.number, 1U);
  EXPECT_EQ(first.state, TemplateState::draft);
  EXPECT_EQ(first.content_hash, sha256("{1}"));
  const auto second = draft("{2}");
  EXPECT_EQ(second.number, 1U);
  EXPECT_NE(second.id, first.id);
  EXPECT_EQ(second.template_id, first.template_id);
  EXPECT_EQ(code_of(store().templates().find(first.id)), "template_not_found");
  EXPECT_EQ(code_of(store().templates().published(who.organisation, "avvio")), "template_not_found");
  EXPECT_EQ(must(publish(1)).published_at, now());
  EXPECT_EQ(must(store().templates().published(who.organisation, "avvio")).id, second.id);
  EXPECT_EQ(draft("{3}").number, 2U);
  EXPECT_EQ(must(store().templates().published(who.organisation, "avvio")).number, 1U);
  EXPECT_GT(store().templates().generation(), before);
}

TEST_P(TemplatesTest, the_same_definition_changes_nothing) {
  const auto first = draft("{1}");
  EXPECT_EQ(draft("{1}").id, first.id);
  must(publish(1));
  const auto again = draft("{1}");
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(again.state, TemplateState::published);
}

TEST_P(TemplatesTest, publishing_archives_the_one_before_and_can_go_back) {
  const auto first = draft("{1}");
  must(publish(1));
  draft("{2}");
  must(publish(2));
  EXPECT_EQ(must(store().templates().find(first.id)).state, TemplateState::archived);
  EXPECT_EQ(must(store().templates().find(first.id)).definition_json, "{1}");
  EXPECT_EQ(must(publish(2)).number, 2U);
  must(publish(1));
  EXPECT_EQ(must(store().templates().published(who.organisation, "avvio")).number, 1U);
  EXPECT_EQ(must(store().templates().find(who.organisation, "avvio", 2)).state, TemplateState::archived);
  EXPECT_EQ(code_of(publish(3)), "template_not_found");
}

TEST_P(TemplatesTest, an_archived_template_cannot_be_sent_with) {
  draft("{1}");
  must(publish(1));
  must(store().templates().archive(who.organisation, "avvio"));
  EXPECT_EQ(code_of(store().templates().published(who.organisation, "avvio")), "template_not_found");
  EXPECT_EQ(store().templates().archive(who.organisation, "nessuno").error().code, "template_not_found");
}

TEST_P(TemplatesTest, a_list_is_of_one_organisation_newest_first) {
  draft("{1}", "b");
  draft("{1}");
  must(publish(1));
  draft("{2}");
  const auto all = must(store().templates().list(who.organisation));
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].key, "avvio");
  EXPECT_EQ(all[0].number, 2U);
  EXPECT_EQ(all[1].number, 1U);
  EXPECT_EQ(all[1].template_class, TemplateClass::legal);
  EXPECT_TRUE(all[1].definition_json.empty());
  EXPECT_EQ(all[2].key, "b");
  EXPECT_TRUE(must(store().templates().list(OrganisationId::make(now()))).empty());
}

class BlobsTest : public StoreTest {};

TEST_P(BlobsTest, bytes_come_back_whole_and_in_pieces) {
  const std::string bytes = std::string("\0\xff", 2) + std::string(100'000, 'b');
  const BlobId id = must(store().blobs().put(who.organisation, bytes));
  EXPECT_EQ(id.digest, sha256(bytes));
  EXPECT_EQ(must(store().blobs().put(who.organisation, bytes)), id);
  EXPECT_EQ(must(store().blobs().size(who.organisation, id)), bytes.size());
  EXPECT_EQ(must(store().blobs().read(who.organisation, id, 0, 1 << 20)), bytes);
  EXPECT_EQ(must(store().blobs().read(who.organisation, id, 1, 3)), bytes.substr(1, 3));
  EXPECT_EQ(must(store().blobs().read(who.organisation, id, bytes.size() - 1, 10)), "b");
  EXPECT_EQ(must(store().blobs().read(who.organisation, id, bytes.size(), 10)), "");
  const BlobId empty = must(store().blobs().put(who.organisation, ""));
  EXPECT_EQ(must(store().blobs().size(who.organisation, empty)), 0U);
}

TEST_P(BlobsTest, any_piece_of_a_large_one_can_be_read) {
  std::string bytes;
  for (std::uint32_t i = 0; bytes.size() < 200'000; ++i) bytes += std::to_string(i) + ",";
  bytes.resize(3 * 65'536);  // whole pieces of the sealed form
  const BlobId id = must(store().blobs().put(who.organisation, bytes));
  EXPECT_EQ(must(store().blobs().size(who.organisation, id)), bytes.size());
  for (const std::size_t offset : {0UL, 1UL, 65'535UL, 65'536UL, 65'537UL, 131'071UL, 196'607UL, 196'608UL}) {
    for (const std::size_t length : {0UL, 1UL, 2UL, 65'536UL, 65'537UL, 131'073UL, 1'000'000UL}) {
      ASSERT_EQ(must(store().blobs().read(who.organisation, id, offset, length)), bytes.substr(offset, length)) << offset << " " << length;
    }
  }
  EXPECT_EQ(must(store().blobs().read(who.organisation, id, bytes.size() + 1, 10)), "");
}

TEST_P(BlobsTest, another_organisation_has_none_of_it) {
  const BlobId id = must(store().blobs().put(who.organisation, "segreto"));
  EXPECT_EQ(code_of(store().blobs().read(OrganisationId::make(now()), id, 0, 10)), "blob_not_found");
  EXPECT_EQ(code_of(store().blobs().size(OrganisationId::make(now()), id)), "blob_not_found");
}

TEST_P(BlobsTest, only_what_nobody_names_is_collected_and_only_after_an_hour) {
  const BlobId named = must(store().blobs().put(who.organisation, "named"));
  const BlobId lost = must(store().blobs().put(who.organisation, "lost"));
  const BlobId raw = must(store().blobs().put(who.organisation, "raw receipt"));
  NewNotification job = email_job(who, now());
  job.attachments = {{"a", "text/plain", 5, named}};
  sent(job);
  Receipt r;
  r.dedupe_key = "r1";
  r.raw = raw;
  must(store().receipts().record(provider, std::span(&r, 1), nullptr, {}, now()));
  EXPECT_EQ(must(store().blobs().collect(now() + 59min)), 0U);
  EXPECT_EQ(must(store().blobs().collect(now() + 61min)), 1U);
  EXPECT_EQ(code_of(store().blobs().size(who.organisation, lost)), "blob_not_found");
  EXPECT_EQ(must(store().blobs().read(who.organisation, named, 0, 10)), "named");
  EXPECT_EQ(must(store().blobs().read(who.organisation, raw, 0, 100)), "raw receipt");
  clock.advance(Retention{}.content);
  EXPECT_EQ(must(store().ledger().prune({}, now(), 100)).contents, 1U);
  EXPECT_EQ(must(store().blobs().collect(now())), 1U);
  EXPECT_EQ(code_of(store().blobs().size(who.organisation, named)), "blob_not_found");
}

TEST_P(BlobsTest, asked_for_again_it_is_young_again) {
  const BlobId id = must(store().blobs().put(who.organisation, "twice"));
  clock.advance(59min);
  must(store().blobs().put(who.organisation, "twice"));
  clock.advance(2min);
  EXPECT_EQ(must(store().blobs().collect(now())), 0U);
  EXPECT_EQ(must(store().blobs().size(who.organisation, id)), 5U);
}

MESSO_EACH_ENGINE(DirectoryTest);
MESSO_EACH_ENGINE(TemplatesTest);
MESSO_EACH_ENGINE(BlobsTest);

}  // namespace
}  // namespace messo::testing
