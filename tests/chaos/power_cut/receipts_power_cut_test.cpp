// The power fails at any operation of the disk while certified mail is sent and its receipts are fetched: what was kept as sent is there,
// every receipt of the mailbox is there once with its original, and in the end each message is in the state its receipts say.
// MESSO_KILLS of 100 and more: 50 cuts instead of 10.
#include <algorithm>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "chaos/power_cut/power_disk.hpp"
#include "receipts/receipt_desk.hpp"
#include "support/long_check.hpp"
#include "unit/store/sqlite_fixture.hpp"

namespace messo::testing {
namespace {

constexpr auto kBox = "INBOX";
constexpr auto kByMessageId = "message-id";

// The provider's side, which no power cut reaches: letters in the order they came.
struct Mailbox {
  std::mutex mutex;
  std::vector<Receipt> letters;

  std::vector<Receipt> from(std::size_t place, std::size_t most) {
    const std::scoped_lock hold(mutex);
    const auto begin = letters.begin() + static_cast<std::ptrdiff_t>(std::min(place, letters.size()));
    return {begin, begin + std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(most), letters.end() - begin)};
  }
};

class ReceiptsPowerCutTest : public SqliteStoreTest {
 protected:
  ReceiptsPowerCutTest() {
    test::install_power_vfs();
    options.log_bytes = 1 << 20;
    disk.mount(folder, seed);
    random.seed(seed);
  }
  ~ReceiptsPowerCutTest() override {
    store.reset();
    disk.unmount();
  }
  unsigned between(unsigned from, unsigned to) { return std::uniform_int_distribution<unsigned>(from, to)(random); }

  static std::string message_of(const NotificationId& id) {
    return "Message-ID: <" + id.to_string() + ">\r\n\r\n" + std::string(3'000, 'm');
  }

  // The provider has the message: two receipts, now and then in the wrong order, or one of them twice.
  void provider_answers(const NotificationId& id, unsigned luck) {
    std::vector<Receipt> receipts(2);
    receipts[0].kind = ReceiptKind::milestone, receipts[0].milestone = Milestone::accepted;
    receipts[1].kind = ReceiptKind::delivered;
    for (Receipt& one : receipts) {
      one.dedupe_key = std::string(&one == receipts.data() ? "accepted " : "delivered ") + id.to_string();
      one.verification = Verification::valid;
      one.references.push_back({kByMessageId, id.to_string(), 0});
      one.at = clock.now();
      one.raw_bytes = one.dedupe_key + "\r\n" + std::string(luck * 7 % 6'000, 'r');
    }
    if (luck % 3 == 0) std::swap(receipts[0], receipts[1]);
    if (luck % 5 == 0) receipts.push_back(receipts[luck % 2]);
    const std::scoped_lock hold(mailbox.mutex);
    std::ranges::move(receipts, std::back_inserter(mailbox.letters));
    if (luck % 7 == 0) mailbox.letters.push_back(mailbox.letters[luck % mailbox.letters.size()]);
  }

  // Sends one message as dispatch and plugin do; false at the disk's first error.
  bool send_one(unsigned luck) {
    auto job = email_job(who, clock.now());
    job.steps[0].spec.channel = job.delivery.channel = Channel::pec;
    job.delivery.pool = "pec";
    if (!store->intake().accept(job)) return false;
    const auto attempt = AttemptId::make(clock.now());
    const LeaseOrder order{job.delivery.id, attempt, provider, false};
    const auto leased = store->work().lease(worker, {&order, 1}, {}, clock.now());
    if (!leased || leased->empty() || !store->work().hand_over({&attempt, 1}, clock.now())) return false;
    const std::string bytes = message_of(job.id);
    const auto blob = store->blobs().put(who.organisation, bytes);
    const Reference reference{kByMessageId, job.id.to_string(), 0};
    if (!blob || !store->evidence().keep(attempt, *blob, bytes.size(), {&reference, 1}, clock.now())) return false;
    // From here on the provider has it, whatever we still get to write.
    handed_over.emplace(job.id, job.delivery.id);
    provider_answers(job.id, luck);
    OutcomeRecord record;
    record.attempt = attempt;
    record.outcome.kind = OutcomeKind::pending;
    record.outcome.references.push_back(reference);
    record.verdict = {Change::sent_awaiting, {}, clock.now() + 30h, true};
    record.at = clock.now();
    return store->work().record({&record, 1}).has_value();
  }

  std::optional<std::size_t> cursor() {
    const auto position = store->mailboxes().position(provider, kBox, 1);
    if (!position) return {};
    return position->cursor.empty() ? 0 : std::stoul(position->cursor);
  }

  // One cycle of the poller: false at the disk's first error.
  bool poll(ReceiptDesk& desk) {
    const auto place = cursor();
    if (!place) return false;
    const auto page = mailbox.from(*place, 16);
    if (page.empty()) return true;
    PollState state{kBox, std::to_string(*place + page.size()), {}};
    for (std::size_t i = 0; i < page.size(); ++i) state.seen.push_back(std::to_string(*place + i));
    if (!desk.take(provider, page, &state)) return false;
    told_cursor = *place + page.size();
    return true;
  }

  void work_until_the_cut() {
    std::thread sender([this, luck = between(0, 1'000)]() mutable {
      while (send_one(luck++)) {
      }
    });
    ReceiptDesk desk(*store, clock, *log, ReceiptDesk::only_valid(), {});
    while (poll(desk) && !disk.is_cut()) std::this_thread::yield();
    sender.join();
  }

  ::testing::AssertionResult comes_up() {
    worker.boot = BootId::make(clock.now());
    if (const std::string error = open(); !error.empty()) return ::testing::AssertionFailure() << "at opening: " << error;
    const auto recovered = store->work().recover(
        worker, [](ProviderId) { return OnDoubt::hold; }, clock.now());
    if (!recovered) return ::testing::AssertionFailure() << "at recovering: " << recovered.error().code << " " << recovered.error().detail;
    return ::testing::AssertionSuccess();
  }
  void lights_go_out() {
    store.reset();
    disk.power_on();
    std::error_code ignored;
    std::filesystem::remove(options.file.string() + "-shm", ignored);
  }

  std::vector<StoredReceipt> receipts() const {
    ReceiptQuery all;
    all.limit = 1'000'000;
    return store->receipts().list(all).value_or(std::vector<StoredReceipt>{});
  }

  void expect_nothing_is_missing() {
    EXPECT_EQ(sql("PRAGMA integrity_check"), "ok");
    const auto place = cursor();
    ASSERT_TRUE(place);
    EXPECT_GE(*place, told_cursor) << "receipts that were stored are fetched again";
    std::map<std::string, std::string> fetched;  // originals by dedupe key
    for (const Receipt& one : mailbox.from(0, *place)) fetched.emplace(one.dedupe_key, one.raw_bytes);
    const auto kept = receipts();
    EXPECT_EQ(kept.size(), fetched.size());
    std::set<std::string> met;
    for (const StoredReceipt& one : kept) {
      EXPECT_TRUE(met.insert(one.receipt.dedupe_key).second) << one.receipt.dedupe_key << " counts twice";
      ASSERT_TRUE(fetched.contains(one.receipt.dedupe_key)) << one.receipt.dedupe_key << " was never fetched";
      ASSERT_TRUE(one.receipt.raw);
      const auto bytes = store->blobs().read(one.receipt.raw_owner, *one.receipt.raw, 0, 1 << 20);
      ASSERT_TRUE(bytes) << one.receipt.dedupe_key << " " << bytes.error().code;
      EXPECT_EQ(*bytes, fetched.at(one.receipt.dedupe_key));
    }
    for (const auto& [id, delivery] : handed_over) {
      const auto sent = store->evidence().as_sent(delivery);
      ASSERT_TRUE(sent && sent->size() == 1) << id.to_string();
      const auto bytes = store->blobs().read(who.organisation, sent->front().bytes, 0, 1 << 20);
      ASSERT_TRUE(bytes) << bytes.error().code;
      EXPECT_EQ(*bytes, message_of(id));
    }
    expect_books_balance();
  }

  test::PowerDisk& disk = test::PowerDisk::instance();
  const unsigned seed = test::seed_of_this_run();
  std::mt19937 random;
  Mailbox mailbox;
  std::map<NotificationId, DeliveryId> handed_over;
  std::size_t told_cursor = 0;
};

TEST_F(ReceiptsPowerCutTest, no_receipt_and_no_evidence_is_lost_and_none_counts_twice) {
  SCOPED_TRACE("MESSO_SEED=" + std::to_string(seed));
  const unsigned cuts = test::long_check() ? 50 : 10;
  while (disk.figures().cuts < cuts) {
    SCOPED_TRACE("cut " + std::to_string(disk.figures().cuts + 1));
    disk.cut_after(between(1, 1U << between(3, 11)));
    if (comes_up()) work_until_the_cut();
    ASSERT_TRUE(disk.is_cut()) << "an error without a cut";
    lights_go_out();
    ASSERT_TRUE(comes_up());
    ASSERT_NO_FATAL_FAILURE(expect_nothing_is_missing());
    if (HasFailure()) break;
  }
  ASSERT_TRUE(comes_up());
  ReceiptDesk desk(*store, clock, *log, ReceiptDesk::only_valid(), {});
  while (cursor() < mailbox.letters.size()) ASSERT_TRUE(poll(desk));
  expect_nothing_is_missing();
  EXPECT_EQ(sql("SELECT count(*) FROM receipt WHERE delivery IS NULL"), "0");
  for (const auto& [id, delivery] : handed_over) {
    const auto view = store->ledger().find({}, id);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->summary.status, NotificationStatus::delivered) << id.to_string();
  }
  EXPECT_EQ(receipts().size(), 2 * handed_over.size());
  std::printf("%llu cuts, %zu messages handed over, %zu letters, %llu sectors dropped, %llu names undone\n",
              static_cast<unsigned long long>(disk.figures().cuts), handed_over.size(), mailbox.letters.size(),
              static_cast<unsigned long long>(disk.figures().sectors_dropped),
              static_cast<unsigned long long>(disk.figures().names_undone));
  EXPECT_GT(handed_over.size(), cuts / 4) << "the load was too thin to mean anything";
}

}  // namespace
}  // namespace messo::testing
