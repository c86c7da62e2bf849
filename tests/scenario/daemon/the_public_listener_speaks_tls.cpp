// A hub without a reverse proxy before it: the daemon's own certificate.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <signal.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "peers/test_certificates.hpp"
#include "scenario/support/town.hpp"

namespace messo::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// The version a client that speaks at most `most` agrees on with the server; "" when there is none.
std::string agreed_tls(std::uint16_t port, int most) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_security_level(context.get(), 0);  // so that it is not this side that refuses old versions
  SSL_CTX_set_max_proto_version(context.get(), most);
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> connection(BIO_new_ssl_connect(context.get()), BIO_free_all);
  BIO_set_conn_hostname(connection.get(), ("127.0.0.1:" + std::to_string(port)).c_str());
  if (BIO_do_connect(connection.get()) != 1 || BIO_do_handshake(connection.get()) != 1) return {};
  SSL* tls = nullptr;
  BIO_get_ssl(connection.get(), &tls);
  return SSL_get_version(tls);
}

class TlsListener : public ::testing::Test {
 protected:
  TlsListener() {
    fs::copy_file(first.certificate, certificate());
    fs::copy_file(first.key, key());
  }
  fs::path certificate() const { return folder.path() / "hub.pem"; }
  fs::path key() const { return folder.path() / "hub.key"; }
  void put(const peers::CertificateFiles& files) const {
    fs::copy_file(files.certificate, certificate(), fs::copy_options::overwrite_existing);
    fs::copy_file(files.key, key(), fs::copy_options::overwrite_existing);
  }
  Daemon::Tls tls() const { return {certificate(), key(), authority.ca_file()}; }
  RunResult messod(const fs::path& certificate_file, const fs::path& key_file, const std::vector<std::string>& flags) const {
    const auto file = folder.path() / "messo.toml";
    std::ofstream(file) << "[listen]\npublic = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n[listen.tls]\ncertificate = \""
                        << certificate_file.string() << "\"\nkey = \"" << key_file.string() << "\"\n";
    std::vector<std::string> command{(build_folder() / "bin/messod").string(), "--config", file.string()};
    command.insert(command.end(), flags.begin(), flags.end());
    return run(command);
  }

  TempFolder folder;
  peers::TestAuthority authority, later;
  peers::CertificateFiles first = authority.issue("hub", "IP:127.0.0.1");
};

TEST_F(TlsListener, takes_messages_over_https_from_tls_1_2_on) {
  Daemon daemon(tls());
  daemon.start();
  EXPECT_THAT(daemon.log(), HasSubstr("API https://127.0.0.1:"));
  const auto town = found_town(daemon, {});
  const auto posted = daemon.post("/v1/notifications", town.key, reminder_job("maria@example.it", "tls"));
  ASSERT_EQ(posted.status, 202) << posted.body << posted.error;
  EXPECT_THAT(posted.headers.at("strict-transport-security"), HasSubstr("max-age="));

  EXPECT_EQ(agreed_tls(daemon.port(), TLS1_3_VERSION), "TLSv1.3");
  EXPECT_EQ(agreed_tls(daemon.port(), TLS1_2_VERSION), "TLSv1.2");
  EXPECT_EQ(agreed_tls(daemon.port(), TLS1_1_VERSION), "");
  EXPECT_EQ(agreed_tls(daemon.port(), TLS1_VERSION), "");
}

TEST_F(TlsListener, tells_plain_http_to_use_https_and_goes_on_serving) {
  Daemon daemon(tls());
  daemon.start();
  const auto plain = "http://127.0.0.1:" + std::to_string(daemon.port()) + "/v1/notifications";
  const HttpRequest key_in_clear{
      .method = "POST", .url = plain, .headers = {"Authorization: Bearer messo_live_x"}, .body = std::string(100'000, 'x')};
  for (int i = 0; i < 20; ++i) {
    const auto refused = http(key_in_clear);
    EXPECT_EQ(refused.status, 400) << refused.error;
    EXPECT_THAT(refused.body, HasSubstr("write https:// in the address"));
  }
  EXPECT_EQ(daemon.get("/status", "").status, 200);
  EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(TlsListener, a_certificate_that_cannot_be_used_is_bad_configuration_before_anything_starts) {
  const auto other = authority.issue("other", "IP:127.0.0.1");
  const auto rubbish = folder.path() / "rubbish.key";
  std::ofstream(rubbish) << "not a key\n";
  const std::tuple<fs::path, fs::path, std::string> wrong[] = {
      {certificate(), rubbish, "listen.tls.key: " + rubbish.string() + " holds no private key in PEM"},
      {certificate(), "/nowhere.key", "listen.tls.key: /nowhere.key cannot be read (No such file or directory)"},
      {certificate(), other.key, "listen.tls.key: " + other.key + " is not the key of the certificate in " + certificate().string()},
      {rubbish, key(), "listen.tls.certificate: " + rubbish.string() + " holds no certificate in PEM"},
  };
  for (const auto& [certificate_file, key_file, sentence] : wrong) {
    for (const std::vector<std::string>& flags : {std::vector<std::string>{}, {"--check-config"}}) {
      const auto result = messod(certificate_file, key_file, flags);
      EXPECT_EQ(result.status, 2) << sentence;
      EXPECT_THAT(result.err, HasSubstr(sentence));
    }
  }
  EXPECT_FALSE(fs::exists(folder.path() / "messo-data")) << "nothing was started";
  EXPECT_EQ(messod(certificate(), key(), {"--check-config"}).status, 0);
}

TEST_F(TlsListener, a_renewed_certificate_is_shown_after_sighup_and_a_broken_one_is_not_taken) {
  Daemon daemon(tls());
  daemon.start();
  put(later.issue("hub", "IP:127.0.0.1"));
  EXPECT_EQ(daemon.get("/status", "").status, 200) << "nothing is read before it is asked for";
  daemon.signal(SIGHUP);
  daemon.trust(later.ca_file());
  ASSERT_TRUE(wait_until([&] { return daemon.get("/status", "").status == 200; })) << daemon.log();

  std::ofstream(key()) << "half of a key";
  daemon.signal(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return daemon.log().find("MSO-1006") != std::string::npos; })) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr("holds no private key"));
  EXPECT_EQ(daemon.get("/status", "").status, 200);
}

TEST_F(TlsListener, warns_of_a_certificate_that_will_expire) {
  put(authority.issue("old", "IP:127.0.0.1", -30, 5));
  Daemon daemon(tls());
  daemon.start();
  EXPECT_THAT(daemon.log(), HasSubstr("MSO-1012"));
}

}  // namespace
}  // namespace messo::test
