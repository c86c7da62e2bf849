// TLS and sign-in: what must be refused is refused before a word of a message leaves.
#include "peers/test_certificates.hpp"
#include "session_fixture.hpp"

namespace messo::mail {
namespace {

using peers::CertificateFiles;
using peers::TestAuthority;
using Tls = SmtpPeerOptions::Tls;

struct SecureSessionTest : SessionTest {
  static TestAuthority& authority() {
    static TestAuthority one;
    return one;
  }
  static const CertificateFiles& good() {
    static const auto files = authority().issue("localhost", "DNS:localhost,IP:127.0.0.1");
    return files;
  }
  void start_secure(Tls mode, const CertificateFiles& files, SmtpPeerOptions options = {}, const std::string& host = "localhost") {
    options.tls = mode;
    options.certificate_file = files.certificate;
    options.key_file = files.key;
    start(std::move(options));
    settings.host = host;
    settings.tls = mode == Tls::implicit ? TlsMode::implicit : TlsMode::starttls;
    settings.ca_file = authority().ca_file();
    tls = make_tls_context(settings.host, settings.ca_file).value();
    make_session();
  }
  // Nothing of the message, nor a password, has been said.
  void expect_account_problem(const char* code) {
    const auto verdict = deliver(mail());
    EXPECT_EQ(verdict.code, code) << verdict.private_text;
    EXPECT_EQ(verdict.outcome, Outcome::try_later);
    EXPECT_EQ(verdict.scope, Scope::provider);
    EXPECT_TRUE(verdict.pauses_provider);
    EXPECT_FALSE(verdict.costs_attempt);
    EXPECT_EQ(peer->stats().messages, 0U);
    EXPECT_EQ(peer->stats().signed_in, 0U);
  }
};

TEST_F(SecureSessionTest, implicit_tls_delivers) {
  start_secure(Tls::implicit, good());
  EXPECT_TRUE(deliver(mail()).sent());
  EXPECT_EQ(peer->stats().secured, 1U);
}

TEST_F(SecureSessionTest, starttls_delivers) {
  start_secure(Tls::starttls, good());
  const auto next = mail("c@example.it");
  EXPECT_TRUE(deliver(mail(), &next).sent());
  EXPECT_TRUE(session->send(next).sent());
  EXPECT_EQ(peer->stats().secured, 1U);
  EXPECT_TRUE(session->capabilities().pipelining);
}

TEST_F(SecureSessionTest, an_address_literal_is_checked_against_the_certificate_too) {
  start_secure(Tls::implicit, good(), {}, "127.0.0.1");
  EXPECT_TRUE(deliver(mail()).sent());
}

TEST_F(SecureSessionTest, a_large_message_passes_through_tls) {
  start_secure(Tls::implicit, good());
  const std::string large = "Message-ID: <big@example.it>\r\n\r\n" + std::string(3'000'000, 'x') + "\r\n";
  EXPECT_TRUE(deliver(mail("b@example.it", large)).sent());
  EXPECT_EQ(peer->mails().at(0).bytes, large);
}

TEST_F(SecureSessionTest, a_certificate_for_another_name_is_refused_even_on_loopback) {
  start_secure(Tls::implicit, authority().issue("other", "DNS:mail.example.it"));
  expect_account_problem("smtp.certificate_invalid");
}

TEST_F(SecureSessionTest, a_certificate_for_another_name_is_refused_after_starttls) {
  start_secure(Tls::starttls, authority().issue("other", "DNS:mail.example.it"));
  expect_account_problem("smtp.certificate_invalid");
}

TEST_F(SecureSessionTest, an_expired_certificate_is_refused) {
  start_secure(Tls::starttls, authority().issue("expired", "DNS:localhost", -10, -1));
  expect_account_problem("smtp.certificate_invalid");
}

TEST_F(SecureSessionTest, a_certificate_of_nobody_known_is_refused) {
  start_secure(Tls::starttls, authority().self_signed("localhost", "DNS:localhost"));
  expect_account_problem("smtp.certificate_invalid");
}

TEST_F(SecureSessionTest, a_server_without_starttls_gets_nothing) {
  start();
  settings.tls = TlsMode::starttls;
  settings.host = "localhost";
  tls = make_tls_context(settings.host, authority().ca_file()).value();
  make_session();
  expect_account_problem("smtp.starttls_missing");
}

TEST_F(SecureSessionTest, a_refused_starttls_is_not_given_up_for_plain_text) {
  start_secure(Tls::starttls, good());
  peer->add("starttls=reply:454 4.7.0 TLS not available");
  EXPECT_EQ(deliver(mail()).code, "smtp.454-4.7.0");
  EXPECT_EQ(peer->stats().messages, 0U);
}

TEST_F(SecureSessionTest, words_slipped_in_before_the_handshake_are_not_believed) {
  start_secure(Tls::starttls, good());
  peer->add("starttls=reply:220 2.0.0 go ahead\n250 AUTH PLAIN");
  const auto verdict = deliver(mail());
  EXPECT_EQ(verdict.code, "smtp.protocol.starttls");
  EXPECT_EQ(peer->stats().messages, 0U);
}

TEST_F(SecureSessionTest, plain_text_on_a_tls_port_is_a_configuration_problem) {
  start();
  settings.tls = TlsMode::implicit;
  settings.host = "localhost";
  tls = make_tls_context(settings.host, authority().ca_file()).value();
  make_session();
  expect_account_problem("smtp.tls_failed");
}

TEST_F(SecureSessionTest, a_server_that_goes_away_in_the_handshake_is_an_outage) {
  start_secure(Tls::implicit, good());
  peer->add("tls=drop");
  EXPECT_EQ(deliver(mail()).code, "smtp.closed.tls");
}

TEST_F(SecureSessionTest, a_server_that_hangs_in_the_handshake_times_out) {
  start_secure(Tls::implicit, good());
  settings.timeouts.tls = Millis{300};
  peer->add("tls=hang");
  EXPECT_EQ(deliver(mail()).code, "smtp.timeout.tls");
}

TEST_F(SecureSessionTest, a_ca_file_that_cannot_be_read_is_an_error_of_configuration) {
  const auto context = make_tls_context("localhost", "/nonexistent/ca.pem");
  ASSERT_FALSE(context);
  EXPECT_EQ(context.error().code, "bad_ca_file");
}

TEST_F(SecureSessionTest, unprotected_connections_leave_this_machine_never) {
  start();
  settings.host = "192.0.2.1";
  EXPECT_EQ(deliver(mail()).code, "smtp.tls_required");
}

// ---- sign-in ----------------------------------------------------------------------------------------------------------------------------

struct SignIn {
  const char* name;
  AuthMechanism mechanism;
  const char* offered;
};
std::ostream& operator<<(std::ostream& out, const SignIn& one) { return out << one.name; }
struct SignInTest : SecureSessionTest, ::testing::WithParamInterface<SignIn> {
  void start_account(const std::string& password, const std::string& offered = GetParam().offered) {
    SmtpPeerOptions options;
    options.username = "comune@example.it";
    options.password = "segreto \xc3\xa8";
    options.auth_mechanisms = offered;
    start_secure(Tls::starttls, good(), options);
    settings.username = options.username;
    settings.password = Secret(password);
    settings.auth = GetParam().mechanism;
    make_session();
  }
};

TEST_P(SignInTest, works) {
  start_account("segreto \xc3\xa8");
  const auto verdict = deliver(mail());
  EXPECT_TRUE(verdict.sent()) << verdict.private_text;
  EXPECT_EQ(peer->stats().signed_in, 1U);
}

TEST_P(SignInTest, with_a_wrong_password_pauses_the_provider) {
  start_account("sbagliato");
  expect_account_problem("smtp.535-5.7.8");
}

TEST_P(SignInTest, with_a_method_not_offered_says_so) {
  start_account("segreto \xc3\xa8", "SCRAM-SHA-256");
  expect_account_problem("smtp.auth_missing");
}

INSTANTIATE_TEST_SUITE_P(methods, SignInTest,
                         ::testing::Values(SignIn{"plain", AuthMechanism::plain, "PLAIN LOGIN"},
                                           SignIn{"login", AuthMechanism::login, "LOGIN"},
                                           SignIn{"xoauth2", AuthMechanism::xoauth2, "PLAIN XOAUTH2"},
                                           SignIn{"automatic_plain", AuthMechanism::automatic, "LOGIN PLAIN"},
                                           SignIn{"automatic_login", AuthMechanism::automatic, "LOGIN"}),
                         [](const auto& one) { return std::string(one.param.name); });

TEST_F(SecureSessionTest, a_password_is_never_in_a_verdict) {
  SmtpPeerOptions options;
  options.username = "comune";
  options.password = "giusto";
  start_secure(Tls::starttls, good(), options);
  settings.username = "comune";
  settings.password = Secret("parola-molto-segreta");
  make_session();
  const auto verdict = deliver(mail());
  EXPECT_EQ((verdict.private_text + verdict.public_text + verdict.code).find("segreta"), std::string::npos);
}

}  // namespace
}  // namespace messo::mail
