// Who may open which file, and what is there afterwards.
#include <sys/wait.h>
#include <unistd.h>

#include "store/sqlite/migrations.hpp"
#include "unit/store/sqlite_fixture.hpp"

namespace messo::testing {
namespace {

using OpeningTest = SqliteStoreTest;

TEST_F(OpeningTest, a_new_file_is_private_and_set_up_before_its_first_table) {
  ASSERT_EQ(open(), "");
  namespace fs = std::filesystem;
  EXPECT_EQ(fs::status(options.file.parent_path()).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(options.file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(sql("PRAGMA auto_vacuum"), "2");
  EXPECT_EQ(sql("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(sql("PRAGMA application_id"), "1298494319");
  EXPECT_EQ(sql("SELECT count(*) FROM schema_version"), std::to_string(sqlite::embedded_migrations().size()));
}

TEST_F(OpeningTest, everything_is_there_after_a_restart) {
  ASSERT_EQ(open(), "");
  DirectoryChange change;
  Organisation town;
  town.id = who.organisation;
  town.key = "comune";
  town.region = "SM";
  Service desk;
  desk.id = who.service;
  desk.organisation = town.id;
  desk.key = "sportello";
  desk.senders[Channel::pec] = {"comune@pec.example", "Comune", ""};
  const NewApiKey key = make_api_key(KeyKind::live);
  Provider smtp;
  smtp.id = provider;
  smtp.key = "posta";
  smtp.secrets_json = Secret("{\"password\":\"segretissima\"}");
  smtp.settle_on = {Verification::valid, Verification::expired};
  smtp.callback_token = make_callback_token();
  smtp.organisations = {town.id};
  smtp.retry = RetryPolicy{{Seconds{1}, Seconds{90}}, 3};
  change.organisations = {town};
  change.services = {desk};
  change.keys = {{KeyId::make(clock.now()), desk.id, "gestionale", KeyKind::live, {3}, key.hash, clock.now(), clock.now()}};
  change.providers = {smtp};
  change.pauses = {{PauseScope::pool, "sms", "prova", clock.now()}};
  const SmsSender alias{town.id, "Comune", AliasState::registered, "2026-05-04", "contratto 12"};
  change.sms_senders = {alias};
  change.audit = {"made"};
  const auto before = store->directory().apply(change, 0, clock.now());
  ASSERT_TRUE(before) << before.error().detail;
  const auto sent = accepted();
  send(sent);
  const auto waiting = accepted();
  const auto last = store->ledger().events_after(0, 100, {})->back().position;

  ASSERT_EQ(open(), "");
  const auto after = store->directory().snapshot();
  EXPECT_EQ(after->version, (*before)->version);
  EXPECT_EQ(after->organisations.at(town.id).hmac_key.reveal(), (*before)->organisations.at(town.id).hmac_key.reveal());
  EXPECT_EQ(after->services.at(desk.id).senders.at(Channel::pec).address, "comune@pec.example");
  ASSERT_EQ(after->keys.size(), 1U);
  EXPECT_EQ(after->keys[0].hash, key.hash);
  EXPECT_EQ(after->keys[0].scopes, Scopes{3});
  EXPECT_EQ(after->keys[0].revoked_at, clock.now());
  EXPECT_EQ(after->providers.at(provider).secrets_json.reveal(), "{\"password\":\"segretissima\"}");
  EXPECT_EQ(after->providers.at(provider).settle_on, smtp.settle_on);
  EXPECT_EQ(after->providers.at(provider).callback_token.reveal(), smtp.callback_token.reveal());
  EXPECT_FALSE(on_disk(smtp.callback_token.reveal())) << "sealed";
  EXPECT_EQ(after->providers.at(provider).organisations, smtp.organisations);
  EXPECT_EQ(after->providers.at(provider).retry, smtp.retry);
  EXPECT_TRUE(after->paused(PauseScope::pool, "sms"));
  EXPECT_EQ(after->region_of(town.id), "SM");
  ASSERT_EQ(after->sms_senders.size(), 1U);
  EXPECT_EQ(after->sms_senders.begin()->second, alias);
  EXPECT_EQ(store->directory().audit(10)->size(), 1U);
  EXPECT_EQ(store->ledger().find({}, sent.id)->summary.status, NotificationStatus::sent);
  EXPECT_EQ(store->ledger().find({}, waiting.id)->content->recipient.name, "Anna Rossi");
  EXPECT_EQ(store->ledger().books()->accepted, 2U);
  EXPECT_EQ(store->ledger().books()->open, 1U);
  EXPECT_EQ(store->ledger().depths(clock.now())->at(0).waiting, 1U);
  accepted();
  EXPECT_GT(store->ledger().events_after(0, 100, {})->back().position, last);
  expect_books_balance();
}

TEST_F(OpeningTest, positions_are_never_used_again_even_when_all_is_pruned) {
  ASSERT_EQ(open(), "");
  send(accepted());
  const auto last = store->ledger().events_after(0, 100, {})->back().position;
  clock.advance(Retention{}.ledger);
  EXPECT_EQ(store->ledger().prune({}, clock.now(), 100)->notifications, 1U);
  EXPECT_TRUE(store->ledger().events_after(0, 100, {})->empty());
  ASSERT_EQ(open(), "");
  accepted();
  EXPECT_GT(store->ledger().events_after(0, 100, {})->back().position, last);
}

TEST_F(OpeningTest, a_second_one_on_the_same_file_is_refused) {
  ASSERT_EQ(open(), "");
  const auto second = open_sqlite_store(options, clock, *log);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_EQ(second.error().code, "database_in_use");
  accepted();
}

TEST_F(OpeningTest, the_lock_dies_with_its_process) {
  const pid_t child = fork();
  if (child == 0) {
    std::unique_ptr<Log> quiet = make_null_log();
    const auto held = open_sqlite_store(options, clock, *quiet);
    if (!held) _exit(1);
    raise(SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(open(), "");
}

TEST_F(OpeningTest, a_newer_database_is_refused) {
  ASSERT_EQ(open(), "");
  store.reset();
  sql("PRAGMA user_version = 9999");
  const auto refused = open_sqlite_store(options, clock, *log);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  EXPECT_EQ(refused.error().code, "database_newer");
}

TEST_F(OpeningTest, another_programs_database_is_refused_untouched) {
  std::filesystem::create_directories(options.file.parent_path());
  sql("PRAGMA application_id = 42; CREATE TABLE theirs (a)");
  EXPECT_EQ(open(), "not_our_database");
  EXPECT_EQ(sql("SELECT count(*) FROM sqlite_schema"), "1");
}

TEST_F(OpeningTest, what_is_no_database_is_corrupt) {
  std::filesystem::create_directories(options.file.parent_path());
  std::ofstream(options.file) << std::string(8192, 'x');
  EXPECT_EQ(open(), "store_corrupt");
}

TEST_F(OpeningTest, an_edited_migration_is_noticed) {
  ASSERT_EQ(open(), "");
  store.reset();
  sql("UPDATE schema_version SET sha256 = x'00' WHERE number = 1");
  EXPECT_EQ(open(), "migration_changed");
}

TEST_F(OpeningTest, a_migration_that_fails_leaves_nothing_behind) {
  std::filesystem::create_directories(options.file.parent_path());
  sqlite::Connection db(options.file, sqlite::Connection::Mode::writer, 1 << 20);
  const std::vector<sqlite::Migration> broken{{1, "good", "CREATE TABLE a (x)"}, {2, "bad", "CREATE TABLE b (x); CREATE TABLE a (x)"}};
  EXPECT_FALSE(sqlite::migrate(db, broken, clock.now()));
  EXPECT_EQ(db.pragma("PRAGMA user_version"), 1);
  EXPECT_EQ(db.pragma("SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
  const std::vector<sqlite::Migration> mended{broken[0], {2, "bad", "CREATE TABLE b (x)"}};
  EXPECT_TRUE(sqlite::migrate(db, mended, clock.now()));
  EXPECT_TRUE(sqlite::migrate(db, mended, clock.now()));
  EXPECT_EQ(db.pragma("SELECT count(*) FROM schema_version"), 2);
}

TEST_F(OpeningTest, the_master_key_must_be_the_right_one) {
  options.master_key = Secret("short");
  EXPECT_EQ(open(), "bad_master_key");
  options.master_key = Secret(std::string(32, 'k'));
  ASSERT_EQ(open(), "");
  store.reset();
  options.master_key = Secret(std::string(32, 'K'));
  EXPECT_EQ(open(), "wrong_master_key");
  options.master_key = Secret(std::string(32, 'k'));
  EXPECT_EQ(open(), "");
}

TEST_F(OpeningTest, secrets_are_sealed_and_content_too_when_asked) {
  ASSERT_EQ(open(), "");
  DirectoryChange change;
  Provider smtp;
  smtp.id = provider;
  smtp.key = "posta";
  smtp.secrets_json = Secret("segretissima-parola");
  change.providers = {smtp};
  ASSERT_TRUE(store->directory().apply(change, 0, clock.now()));
  const auto plain = accepted(email_job(who, clock.now(), "chiara@example.org"));
  EXPECT_FALSE(on_disk("segretissima-parola"));
  EXPECT_TRUE(on_disk("chiara@example.org"));
  options.seal_content = true;
  ASSERT_EQ(open(), "");
  NewNotification job = email_job(who, clock.now(), "nascosta@example.org");
  job.data_json = R"({"motivo":"riservatissimo"})";
  accepted(job);
  store->health();
  EXPECT_FALSE(on_disk("nascosta@example.org"));
  EXPECT_FALSE(on_disk("riservatissimo"));
  EXPECT_EQ(store->ledger().find({}, job.id)->content->data_json, job.data_json);
  EXPECT_EQ(store->ledger().find({}, plain.id)->content->recipient.addresses.at(Channel::email), "chiara@example.org");
}

TEST_F(OpeningTest, sealed_content_moved_to_another_notification_does_not_open) {
  options.seal_content = true;
  ASSERT_EQ(open(), "");
  accepted(email_job(who, clock.now(), "anna@example.org"));
  const auto other = accepted(email_job(who, clock.now(), "bruno@example.org"));
  store.reset();
  sql("UPDATE content SET recipient = (SELECT recipient FROM content WHERE id = 1) WHERE id = 2");
  ASSERT_EQ(open(), "");
  const auto view = store->ledger().find({}, other.id);
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, "cannot_unseal");
}

}  // namespace
}  // namespace messo::testing
