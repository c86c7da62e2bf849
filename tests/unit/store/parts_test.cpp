// The small pieces: packed records, sealed bytes, blobs on a damaged disk, decisions.
#include "store/decisions.hpp"
#include "store/sqlite/codec.hpp"
#include "store/sqlite/seal.hpp"
#include "unit/store/sqlite_fixture.hpp"

namespace messo::testing {
namespace {

TEST(Codec, gives_back_what_it_was_given) {
  const Recipient r{"Élodie \"D'Amico\"\n", "it", "DMCLDE80A41H501X", {{Channel::email, "e@example.org"}, {Channel::sms, "+393331234567"}}};
  const auto back = sqlite::unpack_recipient(sqlite::pack_recipient(r));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->name, r.name);
  EXPECT_EQ(back->language, r.language);
  EXPECT_EQ(back->fiscal_code, r.fiscal_code);
  EXPECT_EQ(back->addresses, r.addresses);
  const std::map<std::string, std::string> labels{{"a", ""}, {"ufficio", std::string(300, 'x')}};
  EXPECT_EQ(*sqlite::unpack_labels(sqlite::pack_labels(labels)), labels);
  EXPECT_TRUE(sqlite::pack_labels({}).empty());
  EXPECT_TRUE(sqlite::unpack_labels("")->empty());
  const std::vector<Attachment> files{{"a.pdf", "application/pdf", 1ULL << 40, {sha256("a")}}, {"", "", 0, {}}};
  const auto files_back = sqlite::unpack_attachments(sqlite::pack_attachments(files));
  ASSERT_TRUE(files_back);
  ASSERT_EQ(files_back->size(), 2U);
  EXPECT_EQ(files_back->at(0).size, 1ULL << 40);
  EXPECT_EQ(files_back->at(0).blob, files[0].blob);
  const std::vector<NewStep> plan{
      {StepId::make(from_unix_ms(1)), 0, {Channel::email, "posta 1:\n2", SuccessRule::sent, {}}, StepState::active},
      {StepId::make(from_unix_ms(1)), 1, {Channel::sms, "", SuccessRule::delivered, Seconds{172'800}}, StepState::waiting}};
  const auto plan_back = sqlite::unpack_plan(sqlite::pack_plan(plan));
  ASSERT_TRUE(plan_back);
  ASSERT_EQ(plan_back->size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(plan_back->at(i).id, plan[i].id);
    EXPECT_EQ(plan_back->at(i).position, plan[i].position);
    EXPECT_EQ(plan_back->at(i).spec.channel, plan[i].spec.channel);
    EXPECT_EQ(plan_back->at(i).spec.pool, plan[i].spec.pool);
    EXPECT_EQ(plan_back->at(i).spec.success, plan[i].spec.success);
    EXPECT_EQ(plan_back->at(i).spec.wait, plan[i].spec.wait);
    EXPECT_EQ(plan_back->at(i).state, plan[i].state);
  }
}

TEST(Codec, refuses_every_cut_and_every_extra_byte) {
  const std::string whole = sqlite::pack_recipient({"Anna", "it", "X", {{Channel::email, "a@example.org"}}});
  for (std::size_t n = 0; n < whole.size(); ++n) EXPECT_FALSE(sqlite::unpack_recipient(std::string_view(whole).substr(0, n))) << n;
  EXPECT_FALSE(sqlite::unpack_recipient(whole + "x"));
  EXPECT_FALSE(sqlite::unpack_recipient(std::string("\x02") + whole.substr(1)));
  EXPECT_FALSE(sqlite::unpack_attachments(std::string("\x01\x01\x00\x00\x00\x05hello", 10)));
  EXPECT_FALSE(sqlite::unpack_labels(std::string(1, '\x01') + std::string(11, '\xff')));
  const NewStep step{StepId::make(from_unix_ms(1)), 0, {Channel::email, "email", SuccessRule::sent, Seconds{60}}, StepState::active};
  const std::string plan = sqlite::pack_plan(std::span(&step, 1));
  for (std::size_t n = 1; n < plan.size(); ++n) EXPECT_FALSE(sqlite::unpack_plan(std::string_view(plan).substr(0, n))) << n;
  EXPECT_FALSE(sqlite::unpack_plan(plan + "x"));
}

TEST(Sealer, opens_only_what_it_sealed_for_the_same_row_and_purpose) {
  const auto sealer = sqlite::Sealer::make(Secret(std::string(32, 'k')));
  ASSERT_TRUE(sealer);
  using Purpose = sqlite::Sealer::Purpose;
  const std::string sealed = sealer->seal(Purpose::secret, "parola", "row");
  EXPECT_EQ(*sealer->open(Purpose::secret, sealed, "row"), "parola");
  EXPECT_NE(sealer->seal(Purpose::secret, "parola", "row"), sealed);
  EXPECT_FALSE(sealer->open(Purpose::secret, sealed, "other row"));
  EXPECT_FALSE(sealer->open(Purpose::content, sealed, "row"));
  EXPECT_FALSE(sealer->open(Purpose::secret, sealed.substr(1), "row"));
  EXPECT_FALSE(sealer->open(Purpose::secret, "", "row"));
  std::string flipped = sealed;
  flipped.back() ^= 1;
  EXPECT_EQ(sealer->open(Purpose::secret, flipped, "row").error().kind, ErrorKind::corrupt);
  EXPECT_FALSE(sqlite::Sealer::make(Secret(std::string(33, 'k'))));
}

class BlobFilesTest : public SqliteStoreTest {
 protected:
  std::filesystem::path only_file() const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(options.file.parent_path() / "blobs")) {
      if (entry.is_regular_file()) return entry.path();
    }
    return {};
  }
};

TEST_F(BlobFilesTest, damage_is_noticed_when_the_whole_is_read) {
  ASSERT_EQ(open(), "");
  const auto id = store->blobs().put(who.organisation, "originale");
  ASSERT_TRUE(id);
  EXPECT_EQ(only_file().filename().string(), to_hex(as_text(id->digest)));
  EXPECT_EQ(only_file().parent_path().parent_path().filename().string(), who.organisation.to_string());
  std::ofstream(only_file()) << "rovinato!";
  EXPECT_EQ(store->blobs().read(who.organisation, *id, 0, 100).error().code, "blob_damaged");
}

TEST_F(BlobFilesTest, what_a_crash_left_aside_is_collected) {
  ASSERT_EQ(open(), "");
  ASSERT_TRUE(store->blobs().put(who.organisation, "x"));
  const auto aside = only_file().parent_path() / ".new-0190f3c2";
  std::ofstream(aside) << "half";
  EXPECT_EQ(*store->blobs().collect(SystemClock().now() + std::chrono::hours{2}), 2U);
  EXPECT_FALSE(std::filesystem::exists(aside));
}

class SealedBlobFilesTest : public BlobFilesTest {
 protected:
  SealedBlobFilesTest() { options.seal_content = true; }
  Result<std::string> whole(const BlobId& id) { return store->blobs().read(who.organisation, id, 0, 1 << 20); }
};

TEST_F(SealedBlobFilesTest, attachments_are_sealed_like_the_data_of_their_message) {
  ASSERT_EQ(open(), "");
  const auto id = store->blobs().put(who.organisation, "certificato di Anna Rossi");
  ASSERT_TRUE(id);
  EXPECT_FALSE(on_disk("Anna Rossi"));
  EXPECT_EQ(only_file().filename().string(), to_hex(as_text(id->digest)) + ".sealed");
  EXPECT_EQ(whole(*id).value_or(""), "certificato di Anna Rossi");
  ASSERT_EQ(open(), "");
  EXPECT_EQ(whole(*id).value_or(""), "certificato di Anna Rossi") << "after a restart";
}

TEST_F(SealedBlobFilesTest, damage_cuts_and_swapped_files_are_noticed) {
  ASSERT_EQ(open(), "");
  const std::string bytes(200'000, 'a');
  const auto id = store->blobs().put(who.organisation, bytes);
  ASSERT_TRUE(id);
  const auto file = only_file();
  const auto size = std::filesystem::file_size(file);
  std::fstream(file, std::ios::in | std::ios::out).seekp(70'000).put('x');
  EXPECT_EQ(store->blobs().read(who.organisation, *id, 66'000, 10).error().code, "blob_damaged") << "in a piece, not only in the whole";
  std::filesystem::remove(file);
  ASSERT_TRUE(store->blobs().put(who.organisation, bytes));
  EXPECT_EQ(whole(*id).value_or(""), bytes);
  std::filesystem::resize_file(file, 2 * (65'536 + 40));
  EXPECT_LT(std::filesystem::file_size(file), size);
  EXPECT_EQ(whole(*id).error().code, "blob_damaged");
  std::filesystem::resize_file(file, 0);
  EXPECT_EQ(whole(*id).error().code, "blob_damaged");
  std::filesystem::remove(file);

  const auto other = store->blobs().put(who.organisation, "altro");
  ASSERT_TRUE(other);
  const auto others = only_file();
  std::filesystem::create_directories(file.parent_path());
  std::filesystem::rename(others, file);
  EXPECT_EQ(whole(*id).error().code, "blob_damaged");
}

TEST_F(SealedBlobFilesTest, turning_it_on_or_off_counts_for_new_ones_and_the_old_stay_readable) {
  options.seal_content = false;
  ASSERT_EQ(open(), "");
  const auto before = store->blobs().put(who.organisation, "in chiaro");
  options.seal_content = true;
  ASSERT_EQ(open(), "");
  EXPECT_EQ(whole(*before).value_or(""), "in chiaro");
  const auto sealed = store->blobs().put(who.organisation, "sigillato");
  EXPECT_FALSE(on_disk("sigillato"));
  options.seal_content = false;
  ASSERT_EQ(open(), "");
  EXPECT_EQ(whole(*sealed).value_or(""), "sigillato");
  EXPECT_EQ(store->blobs().put(who.organisation, "sigillato").value(), *sealed);
  EXPECT_FALSE(on_disk("sigillato")) << "the sealed one does for everybody";
  EXPECT_EQ(*store->blobs().collect(SystemClock().now() + std::chrono::hours{2}), 2U);
  EXPECT_EQ(whole(*sealed).error().code, "blob_not_found");
}

TEST(Decisions, a_third_crash_in_hand_is_poison_whatever_the_provider_says) {
  using decisions::on_crash;
  using decisions::Recovery;
  EXPECT_EQ(on_crash(Phase::leased, 9, OnDoubt::hold), Recovery::released);
  EXPECT_EQ(on_crash(Phase::handed_over, 1, OnDoubt::resend), Recovery::resent);
  EXPECT_EQ(on_crash(Phase::handed_over, 2, OnDoubt::resend), Recovery::resent);
  EXPECT_EQ(on_crash(Phase::handed_over, 3, OnDoubt::resend), Recovery::poisonous);
  EXPECT_EQ(on_crash(Phase::handed_over, 1, OnDoubt::ask), Recovery::in_doubt);
  EXPECT_EQ(on_crash(Phase::handed_over, 1, OnDoubt::hold), Recovery::in_doubt);
  for (const OnDoubt policy : {OnDoubt::resend, OnDoubt::ask, OnDoubt::hold}) {
    EXPECT_EQ(on_crash(Phase::leased, 0, policy), Recovery::released);
    EXPECT_EQ(on_crash(Phase::handed_over, 3, policy), Recovery::poisonous);
  }
}

TEST(Decisions, what_the_provider_accepted_before_a_crash_is_neither_doubtful_nor_sent_again) {
  using decisions::Recovery;
  for (const OnDoubt policy : {OnDoubt::resend, OnDoubt::ask, OnDoubt::hold}) {
    EXPECT_EQ(decisions::on_crash(Phase::handed_over, 1, policy, true), Recovery::accepted);
    EXPECT_EQ(decisions::on_crash(Phase::handed_over, 3, policy, true), Recovery::accepted) << "it is no poison: it left";
    EXPECT_EQ(decisions::on_crash(Phase::leased, 1, policy, true), Recovery::released);
  }
  const DeliveryState out{Phase::handed_over, DeliveryResult::open, false};
  EXPECT_EQ(decisions::after(Recovery::accepted, out).phase, Phase::awaiting_receipt);
}

TEST(Decisions, the_outcome_of_what_was_accepted_only_says_whether_a_receipt_is_due) {
  const DeliveryState out{Phase::handed_over, DeliveryResult::open, false};
  const auto after = [&](Change change, bool accepted, bool newest = true) {
    OutcomeRecord record;
    record.verdict.change = change;
    return decisions::on_outcome(out, {true, {}, newest, accepted}, record).state;
  };
  for (const Change change : {Change::doubt, Change::retry, Change::release}) {
    EXPECT_EQ(after(change, true).phase, Phase::awaiting_receipt) << to_string(change);
    EXPECT_NE(after(change, false).phase, Phase::awaiting_receipt) << to_string(change);
    EXPECT_NE(after(change, true, false).phase, Phase::awaiting_receipt) << "another attempt was accepted";
  }
  EXPECT_EQ(after(Change::sent_final, true).result, DeliveryResult::sent);
  EXPECT_EQ(after(Change::refuse, true).result, DeliveryResult::refused);
}

TEST(Decisions, an_acceptance_settles_a_doubt_and_stops_another_try) {
  Receipt accepted;
  accepted.kind = ReceiptKind::milestone;
  accepted.milestone = Milestone::accepted;
  const auto phase_after = [&](Phase from, bool settles = true) {
    return decisions::on_receipt({from, DeliveryResult::open, false}, 0, accepted, settles, true).state.phase;
  };
  EXPECT_EQ(phase_after(Phase::in_doubt), Phase::awaiting_receipt);
  EXPECT_EQ(phase_after(Phase::due), Phase::awaiting_receipt);
  EXPECT_EQ(phase_after(Phase::leased), Phase::awaiting_receipt);
  EXPECT_EQ(phase_after(Phase::handed_over), Phase::handed_over) << "its outcome is still to come";
  EXPECT_EQ(phase_after(Phase::awaiting_receipt), Phase::awaiting_receipt);
  EXPECT_EQ(phase_after(Phase::closed), Phase::closed);
  EXPECT_EQ(phase_after(Phase::in_doubt, false), Phase::in_doubt) << "a forged one";
}

TEST(Decisions, the_second_notice_of_non_delivery_is_the_definitive_one) {
  const auto warned = decisions::milestone_bit(Milestone::accepted) | decisions::milestone_bit(Milestone::warning_12h);
  Receipt notice;
  notice.kind = ReceiptKind::milestone;
  notice.milestone = Milestone::warning_12h;
  notice.code = "pec.warning_12h";
  const DeliveryState waits{Phase::awaiting_receipt, DeliveryResult::open, false};
  const auto first = decisions::on_receipt(waits, decisions::milestone_bit(Milestone::accepted), notice, true, true);
  EXPECT_FALSE(first.changed);
  EXPECT_EQ(first.milestone, Milestone::warning_12h);
  EXPECT_EQ(first.code, "pec.warning_12h");
  const auto second = decisions::on_receipt(waits, warned, notice, true, true);
  EXPECT_EQ(second.state.result, DeliveryResult::undelivered);
  EXPECT_EQ(second.event, EventKind::receipt);
  EXPECT_EQ(decisions::receipt_data(notice, second, ProviderId{}).find("{\"receipt\":\"undelivered\""), 0U);
  EXPECT_NE(decisions::receipt_data(notice, second, ProviderId{}).find("\"code\":\"pec.no_delivery_24h\""), std::string::npos);
  const auto forged = decisions::on_receipt(waits, warned, notice, false, true);
  EXPECT_FALSE(forged.changed);
  EXPECT_EQ(forged.code, "pec.warning_12h");
  const DeliveryState delivered{Phase::closed, DeliveryResult::delivered, false};
  EXPECT_EQ(decisions::on_receipt(delivered, warned, notice, true, true).state,
            (DeliveryState{Phase::closed, DeliveryResult::delivered, true}));
}

TEST(Decisions, an_acceptance_is_due_while_the_message_is_out_and_none_came) {
  const auto accepted = decisions::milestone_bit(Milestone::accepted), warned = decisions::milestone_bit(Milestone::warning_12h);
  for (const Phase phase : {Phase::handed_over, Phase::awaiting_receipt, Phase::in_doubt}) {
    EXPECT_TRUE(decisions::acceptance_is_due(phase, 0));
    EXPECT_TRUE(decisions::acceptance_is_due(phase, warned));
    EXPECT_FALSE(decisions::acceptance_is_due(phase, accepted));
  }
  for (const Phase phase : {Phase::due, Phase::leased, Phase::closed}) EXPECT_FALSE(decisions::acceptance_is_due(phase, 0));
}

TEST(Decisions, event_details_are_json_whatever_a_plugin_calls_its_codes) {
  OutcomeRecord r;
  r.outcome.kind = OutcomeKind::try_later;
  r.outcome.code = "bad \"code\"\n\xff";
  r.verdict.change = Change::retry;
  r.verdict.due_at = from_unix_ms(0);
  const std::string data = decisions::outcome_data(r, ProviderId{});
  EXPECT_EQ(data,
            "{\"outcome\":\"try_later\",\"code\":\"bad \\\"code\\\"\\n\\ufffd\",\"provider\":\"00000000-0000-0000-0000-000000000000\","
            "\"next_attempt_at\":\"1970-01-01T00:00:00.000Z\"}");
  EXPECT_EQ(decisions::closed_data(DeliveryResult::no_outcome), "{\"result\":\"no_outcome\"}");
}

TEST(Decisions, a_job_the_caller_put_together_wrongly_is_a_defect) {
  const Sending who;
  const auto fine = email_job(who, from_unix_ms(1));
  EXPECT_TRUE(decisions::check(fine));
  auto bad = fine;
  bad.delivery.address_hmac = "short";
  EXPECT_EQ(decisions::check(bad).error().kind, ErrorKind::internal);
  bad = fine;
  bad.delivery.step = StepId{};
  EXPECT_FALSE(decisions::check(bad));
  bad = fine;
  bad.delivery.pool.clear();
  EXPECT_FALSE(decisions::check(bad));
  bad = fine;
  bad.id = {};
  EXPECT_FALSE(decisions::check(bad));
}

}  // namespace
}  // namespace messo::testing
