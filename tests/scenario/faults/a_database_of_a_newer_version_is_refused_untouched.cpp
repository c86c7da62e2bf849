#include <sqlite3.h>

#include "scenario/faults/fault_story.hpp"

namespace messo::test {
namespace {

void set_version(const std::filesystem::path& database, int number) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(database.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, ("PRAGMA user_version = " + std::to_string(number)).c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(db);
}

int version_of(const std::filesystem::path& database) {
  sqlite3* db = nullptr;
  int version = -1;
  const auto keep = [](void* to, int, char** values, char**) {
    *static_cast<int*>(to) = std::atoi(values[0]);
    return 0;
  };
  EXPECT_EQ(sqlite3_open(database.c_str(), &db), SQLITE_OK);
  sqlite3_exec(db, "PRAGMA user_version", keep, &version, nullptr);
  sqlite3_close(db);
  return version;
}

TEST_F(FaultStory, a_database_of_a_newer_version_is_refused_untouched) {
  begin();
  const auto id = post(job("maria@example.it"), town.key);
  ASSERT_TRUE(becomes(id, "sent"));
  ASSERT_EQ(daemon.stop(), 0);
  const auto database = daemon.data() / "messo.db";
  const int ours = version_of(database);
  set_version(database, 9999);

  const auto refused = failing_start();
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("newer Messo (schema 9999"), std::string::npos) << refused.err;
  EXPECT_EQ(version_of(database), 9999) << "an older daemon writes nothing into it";

  set_version(database, ours);
  daemon.start();
  EXPECT_EQ(read(id).at("status"), "sent");
}

}  // namespace
}  // namespace messo::test
