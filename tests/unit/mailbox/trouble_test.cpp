#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "mailbox_fixture.hpp"
#include "wire.hpp"

namespace messo::mailbox {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TroubleTest : public MailboxTest {
 protected:
  static Settings plain(std::uint16_t port) {
    Settings out;
    out.host = "127.0.0.1";
    out.port = port;
    out.tls = mail::TlsMode::none;
    out.username = "protocollo", out.password = Secret("segreta");
    out.idle = false;
    out.timeouts = {1s, 300ms, 300ms};
    return out;
  }
};

TEST_F(TroubleTest, a_wrong_password_pauses_the_mailbox_longer_each_time) {
  auto wrong = settings();
  wrong.password = Secret("sbagliata");
  const auto reader = poller(wrong);
  EXPECT_THAT(problem_of(*reader), HasSubstr("check username and password"));
  server().change_password("sbagliata");
  EXPECT_THAT(problem_of(*reader), HasSubstr("not tried again before")) << "not even asked";
  server().change_password("altra");
  clock.advance(901s);
  EXPECT_THAT(problem_of(*reader), HasSubstr("refused the sign-in"));
  clock.advance(901s);
  server().change_password("sbagliata");
  EXPECT_THAT(problem_of(*reader), HasSubstr("not tried again before")) << "the second pause is twice as long";
  clock.advance(901s);
  EXPECT_EQ(problem_of(*reader), "");
  EXPECT_THAT(logged, ElementsAre("mailbox.account_refused", "mailbox.account_refused"));
  EXPECT_THAT(problem_of(*poller(wrong)), IsEmpty()) << "new settings, no pause";
}

TEST_F(TroubleTest, a_password_may_hold_any_character) {
  options.users.front().password = "par\"ola\\ con {5} e \xC3\xA8 %u";
  EXPECT_EQ(problem_of(*poller(settings())), "");
  EXPECT_EQ(problem_of(*poller(settings(Protocol::pop3))), "");
}

TEST_F(TroubleTest, an_operator_who_asks_is_answered_during_a_pause) {
  auto wrong = settings();
  wrong.password = Secret("sbagliata");
  const auto reader = poller(wrong);
  EXPECT_FALSE(reader->probe(30s).ok);
  problem_of(*reader);
  server().change_password("sbagliata");
  EXPECT_TRUE(reader->probe(30s).ok);
  EXPECT_EQ(problem_of(*reader), "") << "the account works again";
}

TEST_F(TroubleTest, certificates_are_believed_only_for_their_name_and_from_a_known_authority) {
  auto other_name = settings();
  other_name.host = "127.0.0.2";
  EXPECT_THAT(problem_of(*poller(other_name)), HasSubstr("reached")) << "it listens on 127.0.0.1 alone";
  const auto files = server().authority().issue("altrove", "DNS:altrove.example.it");
  peers::DovecotOptions elsewhere;
  elsewhere.certificate_file = files.certificate, elsewhere.key_file = files.key;
  const peers::Dovecot impostor(elsewhere);
  auto to_impostor = settings();
  to_impostor.port = impostor.imaps_port();
  EXPECT_THAT(problem_of(*poller(to_impostor)), HasSubstr("certificate of the mail server is not valid"));
  to_impostor.tls = mail::TlsMode::starttls;
  to_impostor.port = impostor.imap_port();
  EXPECT_THAT(problem_of(*poller(to_impostor)), HasSubstr("certificate of the mail server is not valid"));
  auto unknown = settings();
  unknown.ca_file = peers::TestAuthority().ca_file();
  EXPECT_EQ(Poller::make(unknown, {}, clock).error().code, "bad_ca_file") << "its folder is gone";
  const peers::TestAuthority another;
  unknown.ca_file = another.ca_file();
  EXPECT_THAT(problem_of(*poller(unknown)), HasSubstr("certificate of the mail server is not valid"));
}

TEST_F(TroubleTest, starttls_protects_what_follows) {
  auto starting = settings();
  starting.tls = mail::TlsMode::starttls;
  starting.port = server().imap_port();
  server().put(letter("uno"));
  const auto reader = poller(starting);
  HubDouble hub(*reader);
  hub.cycle();
  EXPECT_EQ(hub.taken.size(), 1U);
}

TEST_F(TroubleTest, starttls_is_never_given_up_nor_spoken_into) {
  WireServer without([](Wire& wire) {
    wire.say("* OK ready\r\n");
    wire.say(wire.hear().substr(0, 1) + " NO not here\r\n");
    wire.hang();
  });
  auto starting = plain(without.port());
  starting.tls = mail::TlsMode::starttls;
  EXPECT_THAT(problem_of(*poller(starting)), HasSubstr("no STARTTLS"));
  WireServer injecting([](Wire& wire) {
    wire.say("* OK ready\r\n");
    wire.say(wire.hear().substr(0, 1) + " OK go\r\n* CAPABILITY IMAP4rev1\r\n");
    wire.hang();
  });
  starting.port = injecting.port();
  EXPECT_THAT(problem_of(*poller(starting)), HasSubstr("before TLS began"));
  WireServer greeting_friends([](Wire& wire) { wire.say("* PREAUTH welcome\r\n"), wire.hang(); });
  starting.port = greeting_friends.port();
  EXPECT_THAT(problem_of(*poller(starting)), HasSubstr("signed in already"));
}

TEST_F(TroubleTest, a_connection_cut_in_a_message_costs_nothing_that_was_complete) {
  for (int i = 0; i < 30; ++i) server().put(letter("n" + std::to_string(i), std::string(200'000, 'x') + "\r\n"));
  // Every connection breaks after two million bytes.
  WireServer proxy([&](Wire& wire) {
    const int to = connect_to(server().imaps_port());
    std::size_t left = 2'000'000;
    std::array<char, 65536> chunk{};
    std::array<pollfd, 2> both{pollfd{wire.fd(), POLLIN, 0}, pollfd{to, POLLIN, 0}};
    while (left > 0 && ::poll(both.data(), 2, 10'000) > 0) {
      const bool from_server = both[1].revents != 0;
      const auto got = ::recv(from_server ? to : wire.fd(), chunk.data(), chunk.size(), 0);
      if (got <= 0) break;
      const auto size = from_server ? std::min(left, static_cast<std::size_t>(got)) : static_cast<std::size_t>(got);
      if (::send(from_server ? wire.fd() : to, chunk.data(), size, MSG_NOSIGNAL) <= 0) break;
      if (from_server) left -= size;
    }
    ::close(to);
  });
  auto through = settings();
  through.port = proxy.port();
  const auto reader = poller(through);
  HubDouble hub(*reader);
  for (int i = 0; i < 30 && hub.taken.size() < 30; ++i) {
    try {
      hub.cycle();
    } catch (const std::exception&) {
    }
  }
  EXPECT_EQ(hub.taken.size(), 30U);
  EXPECT_EQ(hub.repeated, 0);
  EXPECT_THAT(hub.troubled, IsEmpty());
  EXPECT_GT(proxy.connections(), 3);
}

TEST_F(TroubleTest, a_connection_lost_while_waiting_is_no_failure) {
  std::atomic<int> polls{0};
  WireServer server([&](Wire& wire) {
    imap_talk([&](const std::string&, const std::string& command) -> std::string {
      if (command.starts_with("EXAMINE")) return "* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 1] x\r\n";
      if (command == "IDLE") return ++polls, wire.say("+ idling\r\n"), ::shutdown(wire.fd(), SHUT_RDWR), "!";
      return {};
    })(wire);
  });
  auto waiting = plain(server.port());
  waiting.idle = true;
  const auto reader = poller(waiting);
  EXPECT_EQ(problem_of(*reader, 30s), "");
  EXPECT_EQ(problem_of(*reader, 30s), "");
  EXPECT_EQ(polls, 2);
}

TEST_F(TroubleTest, a_server_that_does_not_say_what_it_can_do_is_read_all_the_same) {
  WireServer server(imap_talk([](const std::string& tag, const std::string& command) {
    return command == "CAPABILITY" ? "!" + tag + " OK done\r\n" : std::string{};
  }));
  const auto reader = poller(plain(server.port()));
  HubDouble hub(*reader);
  hub.cycle();
  EXPECT_EQ(hub.taken.size(), 1U);
}

TEST_F(TroubleTest, a_server_that_hangs_costs_no_more_than_the_time_given) {
  WireServer silent([](Wire& wire) { wire.hang(); });
  WireServer halfway([](Wire& wire) { wire.say("* OK ready\r\n"), wire.hang(); });
  // A byte whenever the reader has had time to take the last one.
  WireServer dripping([](Wire& wire) {
    while (wire.say("*") && !wire.is_left_within(100ms)) {
    }
  });
  for (const auto* server : {&silent, &halfway, &dripping}) {
    for (const auto protocol : {Protocol::imap, Protocol::pop3}) {
      auto to = plain(server->port());
      to.protocol = protocol;
      const auto began = std::chrono::steady_clock::now();
      EXPECT_NE(problem_of(*poller(to), 1s), "");
      EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
    }
  }
}

struct BadAnswer {
  const char* name;
  const char* command;
  std::string answer;
};
void PrintTo(const BadAnswer& one, std::ostream* out) { *out << one.name; }
class BadAnswerTest : public TroubleTest, public testing::WithParamInterface<BadAnswer> {};

TEST_P(BadAnswerTest, ends_in_a_sentence_or_a_failed_item_and_in_bounded_memory) {
  const auto& bad = GetParam();
  WireServer server(imap_talk([&](const std::string&, const std::string& command) {
    return command.find(bad.command) != std::string::npos ? bad.answer : std::string{};
  }));
  const auto reader = poller(plain(server.port()));
  HubDouble hub(*reader);
  std::string problem;
  for (int i = 0; i < 4 && hub.codes.empty(); ++i) {
    try {
      hub.cycle(3s);
    } catch (const std::exception& e) {
      problem = e.what();
    }
  }
  EXPECT_TRUE(!problem.empty() || !hub.codes.empty());
  EXPECT_THAT(hub.taken, IsEmpty());
}

std::string deep(std::size_t depth) { return std::string(depth, '('); }

INSTANTIATE_TEST_SUITE_P(
    of_a_server, BadAnswerTest,
    testing::Values(BadAnswer{"brackets_without_end", "BODY.PEEK[]", "!* 1 FETCH (UID 1 BODYSTRUCTURE " + deep(500'000) + "\r\n"},
                    BadAnswer{"brackets_behind_a_false_literal", "BODY.PEEK[]",
                              "!* OK {400000}\r\n* 1 FETCH (BODYSTRUCTURE " + deep(400'000) + "\r\n"},
                    BadAnswer{"a_literal_of_4_gb", "BODY.PEEK[]", "!* 1 FETCH (UID 1 BODY[] {4294967290}\r\nabc"},
                    BadAnswer{"a_message_larger_than_said", "BODY.PEEK[]",
                              "!* 1 FETCH (UID 1 BODY[] {9000000}\r\n" + std::string(9'000'000, 'x') + ")\r\n"},
                    BadAnswer{"a_line_without_end", "BODY.PEEK[]", "!* 1 FETCH " + std::string(9'000'000, 'x')},
                    BadAnswer{"no_imap_at_all", "BODY.PEEK[]", "!HTTP/1.1 400 Bad Request\r\n\r\n"},
                    BadAnswer{"another_tag", "BODY.PEEK[]", "!999 OK done\r\n"}, BadAnswer{"a_refusal", "BODY.PEEK[]", "!"},
                    BadAnswer{"no_uidvalidity", "EXAMINE", "* 1 EXISTS\r\n"}, BadAnswer{"a_farewell", "EXAMINE", "!* BYE too busy\r\n"},
                    BadAnswer{"bad_to_login", "LOGIN", "!* BAD what\r\n"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST_F(TroubleTest, a_message_the_server_refuses_fails_alone_though_it_says_so_only_at_the_end) {
  // UID 1 comes, UID 2 does not, and the answer is NO: not to be taken for a message that has gone.
  WireServer server(imap_talk([](const std::string& tag, const std::string& command) -> std::string {
    if (command.starts_with("EXAMINE")) return "* 2 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 3] x\r\n";
    if (command.starts_with("UID SEARCH")) return "* SEARCH 1 2\r\n";
    if (!command.starts_with("UID FETCH")) return {};
    if (command.find("BODY.PEEK[]") == std::string::npos) return "* 1 FETCH (UID 1 RFC822.SIZE 24)\r\n* 2 FETCH (UID 2 RFC822.SIZE 24)\r\n";
    const bool both = command.starts_with("UID FETCH 1");
    return "!" + std::string(both ? "* 1 FETCH (UID 1 BODY[] {3}\r\nuno)\r\n" : "") + tag + " NO [SERVERBUG] not now\r\n";
  }));
  const auto reader = poller(plain(server.port()));
  HubDouble hub(*reader);
  hub.cycle();
  EXPECT_THAT(hub.taken, ElementsAre("uno"));
  EXPECT_THAT(hub.codes, ElementsAre(std::pair("7.2", "mailbox.fetch_refused")));
}

TEST_F(TroubleTest, a_message_that_always_breaks_the_connection_is_given_up_and_the_next_one_read) {
  WireServer server([](Wire& wire) {
    imap_talk([&wire](const std::string&, const std::string& command) -> std::string {
      if (command.starts_with("EXAMINE")) return "* 2 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 3] x\r\n";
      if (command.starts_with("UID SEARCH")) return "* SEARCH 1 2\r\n";
      if (!command.starts_with("UID FETCH")) return {};
      if (command.find("BODY.PEEK[]") == std::string::npos)
        return "* 1 FETCH (UID 1 RFC822.SIZE 24)\r\n* 2 FETCH (UID 2 RFC822.SIZE 24)\r\n";
      if (command.starts_with("UID FETCH 1")) return ::shutdown(wire.fd(), SHUT_RDWR), "!";
      return "* 2 FETCH (UID 2 BODY[] {3}\r\ndue)\r\n";
    })(wire);
  });
  const auto reader = poller(plain(server.port()));
  HubDouble hub(*reader);
  for (int i = 0; i < 6 && hub.taken.empty(); ++i) {
    try {
      hub.cycle();
    } catch (const std::exception&) {
    }
  }
  EXPECT_THAT(hub.taken, ElementsAre("due"));
  EXPECT_THAT(hub.codes, ElementsAre(std::pair("7.1", "mailbox.breaks_connection")));
}

TEST_F(TroubleTest, what_a_pop3_server_lists_is_not_believed) {
  const auto talking = [](std::string list, std::string uidl) {
    return [list = std::move(list), uidl = std::move(uidl)](Wire& wire) {
      wire.say("+OK ready\r\n");
      for (std::string line = wire.hear(); !line.empty(); line = wire.hear()) {
        if (line == "LIST")
          wire.say("+OK\r\n" + list + ".\r\n");
        else if (line == "UIDL")
          wire.say("+OK\r\n" + uidl + ".\r\n");
        else if (line.starts_with("RETR"))
          wire.say("+OK\r\nSubject: uno\r\n\r\nTesto.\r\n.\r\n");
        else
          wire.say("+OK\r\n");
      }
    };
  };
  const auto outcome = [&](const std::string& list, const std::string& uidl) {
    WireServer server(talking(list, uidl));
    auto to = plain(server.port());
    to.protocol = Protocol::pop3;
    return problem_of(*poller(to));
  };
  EXPECT_EQ(outcome("1 24\r\n", "1 a\r\n"), "");
  EXPECT_EQ(outcome("3 24\r\n", "3 a\r\n"), "") << "others were removed";
  EXPECT_THAT(outcome("0 24\r\n", "0 a\r\n"), HasSubstr("list"));
  EXPECT_THAT(outcome("4294967295 24\r\n", "1 a\r\n"), HasSubstr("list"));
  EXPECT_THAT(outcome("1 24\r\n1 24\r\n", "1 a\r\n"), HasSubstr("list"));
  EXPECT_THAT(outcome("x\r\n", ""), HasSubstr("list"));
  EXPECT_THAT(outcome("1 24\r\n", "1 " + std::string(5'000, 'u') + "\r\n"), HasSubstr("list"));
}

}  // namespace
}  // namespace messo::mailbox
