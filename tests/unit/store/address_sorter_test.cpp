// Look-up by person while addresses are recent, being sorted, and sorted.
#include "store/sqlite/parts.hpp"
#include "unit/store/sqlite_fixture.hpp"

namespace messo::testing {
namespace {

class AddressSorterTest : public SqliteStoreTest {
 protected:
  void SetUp() override {
    auto opened = sqlite::Database::open(options, clock, *log);
    ASSERT_TRUE(opened) << opened.error().detail;
    database = std::move(*opened);
  }
  NewNotification to(const std::string& person) {
    NewNotification job = email_job(who, clock.now());
    job.delivery.address_hmac = hmac_of(person);
    EXPECT_TRUE(sqlite::SqliteIntake(*database).accept(job));
    return job;
  }
  static std::string hmac_of(const std::string& person) { return std::string(as_text(sha256(person)).substr(0, 16)); }
  std::size_t found(const std::string& person) {
    ListQuery query;
    query.visibility.organisation = who.organisation;
    query.address_hmac = hmac_of(person);
    const auto page = sqlite::SqliteLedger(*database).list(query);
    EXPECT_TRUE(page);
    return page ? page->items.size() : 0;
  }
  std::string recent() const { return sql("SELECT count(*) FROM address_recent"); }
  std::string sorted() const { return sql("SELECT count(*) FROM address"); }

  std::unique_ptr<sqlite::Database> database;
};

TEST_F(AddressSorterTest, a_person_is_found_before_while_and_after_addresses_are_sorted) {
  auto& sorter = database->address_sorter();
  for (int i = 0; i < 300; ++i) to("citizen " + std::to_string(i % 100));
  EXPECT_EQ(found("citizen 7"), 3U);
  EXPECT_FALSE(*sorter.step(*database)) << "not enough yet";
  EXPECT_EQ(recent(), "300");

  EXPECT_TRUE(*sorter.step(*database, 300));
  EXPECT_TRUE(*sorter.step(*database, 300)) << "the first 256";
  EXPECT_EQ(sorted(), "256");
  EXPECT_EQ(found("citizen 7"), 3U) << "in both tables, told once";
  to("citizen 7");
  EXPECT_EQ(found("citizen 7"), 4U);
  EXPECT_TRUE(*sorter.step(*database, 300));
  EXPECT_EQ(sorted(), "300");
  EXPECT_FALSE(*sorter.step(*database, 300));
  EXPECT_EQ(recent(), "1") << "what came since";
  EXPECT_EQ(found("citizen 7"), 4U);

  EXPECT_TRUE(sorter.sort_all(*database));
  EXPECT_EQ(recent(), "0");
  EXPECT_EQ(found("citizen 7"), 4U);
  EXPECT_EQ(found("citizen 100"), 0U);
  EXPECT_TRUE(sorter.sort_all(*database)) << "nothing to do";
}

TEST_F(AddressSorterTest, what_was_interrupted_begins_anew) {
  for (int i = 0; i < 300; ++i) to("citizen " + std::to_string(i % 100));
  EXPECT_TRUE(*database->address_sorter().step(*database, 1));
  EXPECT_TRUE(*database->address_sorter().step(*database, 1));
  database.reset();
  SetUp();
  EXPECT_EQ(found("citizen 7"), 3U);
  EXPECT_TRUE(database->address_sorter().sort_all(*database));
  EXPECT_EQ(sorted(), "300");
  EXPECT_EQ(found("citizen 7"), 3U);
}

TEST_F(AddressSorterTest, erasure_and_retention_see_recent_and_sorted_ones) {
  const auto early = to("anna");
  EXPECT_TRUE(database->address_sorter().sort_all(*database));
  to("anna");
  to("bruno");
  sqlite::SqliteLedger ledger(*database);
  EXPECT_EQ(ledger.erase_person(who.organisation, hmac_of("anna"), clock.now())->erased, 2U);
  EXPECT_EQ(ledger.find({}, early.id)->content, std::nullopt);
  EXPECT_EQ(ledger.erase_person(who.organisation, hmac_of("bruno"), clock.now())->cancelled, 1U);
  clock.advance(std::chrono::days{4000});
  EXPECT_EQ(ledger.prune({}, clock.now(), 10)->notifications, 3U);
  EXPECT_EQ(recent(), "0");
  EXPECT_EQ(sorted(), "0");
}

}  // namespace
}  // namespace messo::testing
