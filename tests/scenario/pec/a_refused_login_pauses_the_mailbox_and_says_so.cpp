#include "scenario/pec/pec_story.hpp"

namespace messo::test {
namespace {

using ::testing::HasSubstr;

TEST_F(PecStory, a_refused_login_pauses_the_mailbox_and_says_so_until_the_password_is_mended) {
  begin({}, "password = \"vecchia-password\"\n");
  const auto id = posted("maria.bianchi");
  ASSERT_TRUE(becomes(id, "awaiting_receipt")) << "sending has its own password";
  EXPECT_TRUE(wait_until([&] {
    return daemon.must({"receipts", "mailboxes"}).find("password") != std::string::npos;
  })) << daemon.must({"receipts", "mailboxes"});
  EXPECT_EQ(read(id).at("status"), "awaiting_receipt");
  configure();
  EXPECT_TRUE(becomes(id, "delivered")) << daemon.must({"receipts", "mailboxes"}) << daemon.log();
}

}  // namespace
}  // namespace messo::test
