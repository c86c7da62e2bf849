// A database of an earlier schema, with the rows of a message half sent, read by the store of today.
#include "store/sqlite/connection.hpp"
#include "store/sqlite/migrations.hpp"
#include "unit/store/sqlite_fixture.hpp"

namespace messo::testing {
namespace {

// As hex digits: an id, or any BLOB of 16 bytes.
std::string id_text(char digit) { return std::string(12, '0') + "7000" + "8000" + std::string(11, '0') + digit; }
template <class I>
I id_of(char digit) {
  return I{*Uuid::from_bytes(*from_hex(id_text(digit)))};
}

// N: notification, S, T: its steps, D: its delivery, A, B: two attempts, O: organisation, V: service, P: provider, C: content.
constexpr char kOldRows[] = R"(
INSERT INTO notification VALUES (x'N', x'O', x'V', x'V', 0, x'V', 'avviso', 0, 2, 'it', 1, 4, 1000, NULL, 5000, 'pratica', '', '', NULL, NULL, 1);
INSERT INTO content VALUES (1, x'N', x'O', 0, x'01000269740000', x'7b7d', NULL);
INSERT INTO plan_step VALUES (x'N', 0, x'S', x'O', 1, 'email', 0, NULL, 2), (x'N', 1, x'T', x'O', 2, 'sms lenti', 0, 172800, 4);
INSERT INTO delivery VALUES (x'D', x'N', x'S', x'O', x'V', 1, 'email', 2, NULL, x'C', 6, 1, 0, 1000, 9000, 2, 0, 0, x'A', 5000);
INSERT INTO attempt VALUES
  (x'A', x'D', x'O', x'P', 'node-1', x'V', 1, 3000, 3000, 5000, 0, 0, '250', 'sent', NULL),
  (x'B', x'D', x'O', x'P', 'node-1', x'V', 1, 1000, 1000, 2000, 2, 0, '451', 'later', NULL);
INSERT INTO event VALUES
  (7, x'N', 1, x'O', x'V', NULL, NULL, 0, 0, 1000, NULL), (8, x'N', 2, x'O', x'V', x'D', x'B', 1, 0, 2000, NULL),
  (11, x'N', 3, x'O', x'V', x'D', x'A', 1, 1, 5000, NULL), (12, x'N', 4, x'O', x'V', x'D', x'A', 1, 1, 5000, NULL);
INSERT INTO provider_ref VALUES (x'P', 'message_id', '<m1>', 0, x'O', x'D', x'A', 0);
INSERT INTO counter VALUES ('event_position', 12), ('content', 1), ('accepted', 1), ('open', 0), ('closed.sent', 1);
)";

class MigrationTest : public SqliteStoreTest {
 protected:
  // A database as the first `schema` migrations left it, with the rows above.
  void make_old(std::size_t schema) {
    std::filesystem::create_directories(options.file.parent_path());
    sqlite::Connection db(options.file, sqlite::Connection::Mode::writer, 1 << 20);
    ASSERT_TRUE(sqlite::migrate(db, sqlite::embedded_migrations().first(schema), clock.now()));
    std::string rows;
    for (const char c : std::string_view(kOldRows)) {
      const bool name = rows.ends_with("x'") && c >= 'A' && c <= 'Z';
      rows += name ? id_text(hex_digit(c)) : std::string(1, c);
    }
    db.script(rows);
  }
  static char hex_digit(char name) { return "0123456789abcdef"[std::string_view("NSTDABOVPC").find(name)]; }
};

TEST_F(MigrationTest, a_message_of_the_first_schemas_reads_as_it_did) {
  make_old(4);
  ASSERT_EQ(open(), "");
  const auto id = id_of<NotificationId>(hex_digit('N'));
  const auto found = store->ledger().find({}, id);
  ASSERT_TRUE(found) << found.error().code;
  ASSERT_EQ(found->steps.size(), 2U);
  EXPECT_EQ(found->steps[0].id, id_of<StepId>(hex_digit('S')));
  EXPECT_EQ(found->steps[0].state, StepState::succeeded);
  EXPECT_EQ(found->steps[0].spec.wait, std::nullopt);
  EXPECT_EQ(found->steps[1].state, StepState::skipped);
  EXPECT_EQ(found->steps[1].spec.pool, "sms lenti");
  EXPECT_EQ(found->steps[1].spec.wait, Seconds{172'800});
  ASSERT_EQ(found->steps[0].deliveries.size(), 1U);
  const auto& attempts = found->steps[0].deliveries[0].attempts;
  ASSERT_EQ(attempts.size(), 2U);
  EXPECT_EQ(attempts[0].id, id_of<AttemptId>(hex_digit('B'))) << "the newest is the one the delivery names, whatever its id";
  EXPECT_EQ(attempts[1].id, id_of<AttemptId>(hex_digit('A')));
  ASSERT_EQ(found->timeline.size(), 4U);
  for (std::uint32_t i = 0; i < 4; ++i) EXPECT_EQ(found->timeline[i].sequence, i + 1);
}

TEST_F(MigrationTest, a_message_of_the_first_schemas_goes_on) {
  make_old(4);
  ASSERT_EQ(open(), "");
  Receipt bounce;
  bounce.dedupe_key = "b1";
  bounce.kind = ReceiptKind::undelivered;
  bounce.verification = Verification::valid;
  bounce.at = clock.now();
  bounce.references = {{"message_id", "<m1>", 0}};
  const auto recorded = store->receipts().record(id_of<ProviderId>(hex_digit('P')), std::span(&bounce, 1), nullptr, {}, clock.now());
  ASSERT_TRUE(recorded);
  EXPECT_TRUE(recorded->at(0).changed);
  const auto found = store->ledger().find({}, id_of<NotificationId>(hex_digit('N')));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->steps[0].state, StepState::failed);
  EXPECT_EQ(found->timeline.back().sequence, 5U);
  clock.advance(std::chrono::days{4000});
  EXPECT_EQ(store->ledger().prune({}, clock.now(), 10)->notifications, 1U);
  for (const char* table : {"notification", "delivery", "attempt", "event", "provider_ref", "content", "address"}) {
    EXPECT_EQ(sql(std::string("SELECT count(*) FROM ") + table), "0") << table;
  }
}

}  // namespace
}  // namespace messo::testing
