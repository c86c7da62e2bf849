#include "scenario/mail/mail_story.hpp"

namespace messo::test {
namespace {

TEST_F(MailStory, server_without_starttls_gets_nothing_when_tls_is_required) {
  begin({}, {.config = ""});
  apply(
      "[[provider]]\nkey = \"relay\"\nplugin = \"smtp\"\nchannel = \"email\"\n[provider.retry]\nwaits = [\"1 s\"]\n"
      "[provider.config]\nhost = \"127.0.0.1\"\nport = " +
      std::to_string(peer->port()) + "\ntls = \"starttls\"\n");
  const auto id = post("maria@example.it");
  EXPECT_EQ(first_attempt(id).at("outcome"), "try_later");
  EXPECT_EQ(read(id).at("status"), "queued");
  EXPECT_EQ(peer->counts().messages, 0);
}

}  // namespace
}  // namespace messo::test
