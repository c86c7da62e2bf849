#include <gmock/gmock.h>

#include "peers/test_certificates.hpp"
#include "scenario/mail/mail_story.hpp"

namespace messo::test {
namespace {

struct BadCertificate {
  std::string name;
  std::function<peers::CertificateFiles(peers::TestAuthority&)> make;
  std::string reason;  // as the operator reads it
};

class MailServerCertificate : public MailStory, public ::testing::WithParamInterface<BadCertificate> {
 protected:
  static std::vector<std::string> flags(const peers::CertificateFiles& files, std::uint16_t port = 0) {
    return {"--listen", "127.0.0.1:" + std::to_string(port), "--tls", "starttls", "--cert", files.certificate, "--key", files.key};
  }
  peers::TestAuthority authority;
};

TEST_P(MailServerCertificate, that_is_bad_pauses_the_provider_until_it_is_mended) {
  begin(flags(GetParam().make(authority)),
        {.config = "ca_file = \"" + authority.ca_file() + "\"\naccount_pause_seconds = 1\n", .tls = "starttls"});
  const auto id = post("maria@example.it");
  const auto shown = [&] { return daemon.messo({"provider", "show", "relay"}).out; };
  EXPECT_TRUE(wait_until([&] { return shown().find(GetParam().reason) != std::string::npos; })) << shown() << read(id).dump(1);
  const auto attempt = first_attempt(id);
  EXPECT_EQ(attempt.at("outcome"), "try_later") << attempt.dump(1);
  EXPECT_THAT(attempt.dump(), ::testing::HasSubstr("certificate_invalid"));
  EXPECT_EQ(read(id).at("status"), "queued");
  EXPECT_EQ(peer->counts().messages, 0);
  EXPECT_THAT(shown(), ::testing::HasSubstr("check host, ca_file and the server's certificate"));

  const auto port = peer->port();
  peer.reset();
  peer = std::make_unique<SmtpPeerProcess>(flags(authority.issue("mail", "IP:127.0.0.1"), port));
  wait_for(id, "sent", Millis{60'000});
  EXPECT_EQ(peer->counts().messages, 1);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, MailServerCertificate,
    ::testing::Values(BadCertificate{"signed_by_itself", [](auto& authority) { return authority.self_signed("mail", "IP:127.0.0.1"); },
                                     "self-signed certificate"},
                      BadCertificate{"of_another_name", [](auto& authority) { return authority.issue("other", "DNS:mail.other.example"); },
                                     "IP address mismatch"},
                      BadCertificate{"expired", [](auto& authority) { return authority.issue("mail", "IP:127.0.0.1", -30, -2); },
                                     "certificate has expired"}),
    [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace messo::test
