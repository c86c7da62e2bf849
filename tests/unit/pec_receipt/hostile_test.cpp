// What an attacker, or a broken provider, may put into the mailbox: nothing of it settles a message it is not about.
#include <pthread.h>

#include <functional>
#include <random>

#include "pec_fixture.hpp"

namespace messo::pec {
namespace {

class PecHostile : public PecFixture {
 protected:
  peers::PecReceipt delivered = about("avvenuta-consegna");
};

// Runs on a thread with the stack that a plugin's process gives its threads.
void with_small_stack(const std::function<void()>& body) {
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, 1 << 20), 0);
  pthread_t thread;
  const auto run = [](void* f) -> void* { return (*static_cast<const std::function<void()>*>(f))(), nullptr; };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, const_cast<std::function<void()>*>(&body)), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

TEST_F(PecHostile, a_forged_receipt_inside_an_envelope_is_an_envelope) {
  peers::TestAuthority other;
  const peers::PecProvider forger(other, "Gestore B S.p.A.", "pec.gestore-b.example");
  for (const auto& inside : {make_receipt(forger, original, delivered), make_receipt(world().b, original, delivered)}) {
    peers::PecReceipt envelope;
    envelope.postacert = inside;
    const auto m = read(make_envelope(world().a, original, envelope));
    EXPECT_EQ(m.kind, Kind::envelope);
    EXPECT_EQ(m.code, "pec.envelope");
    EXPECT_FALSE(m.settles());
  }
}

TEST_F(PecHostile, a_receipts_header_on_an_envelope_makes_no_receipt_of_it) {
  const auto envelope = make_envelope(world().a, original);
  EXPECT_EQ(read("X-Ricevuta: avvenuta-consegna\r\n" + envelope).kind, Kind::envelope);
  // Without its X-Trasporto: the signed part tells.
  const auto stripped = "X-Ricevuta: avvenuta-consegna\r\n" + envelope.substr(envelope.find("X-TipoRicevuta"));
  const auto m = read(stripped);
  EXPECT_EQ(m.verification, Verification::valid);
  EXPECT_EQ(m.kind, Kind::envelope);
  EXPECT_FALSE(m.settles());
}

TEST_F(PecHostile, a_genuine_receipt_replayed_for_another_message_settles_nothing) {
  delivered.header_reference = "another@notifiche.comune-prova.example";
  auto m = read(make_receipt(world().b, original, delivered));
  EXPECT_EQ(m.verification, Verification::valid);
  EXPECT_EQ(m.code, "pec.header_mismatch");
  EXPECT_EQ(m.message_id, original.message_id) << "the signed one is told";
  EXPECT_FALSE(m.consistent);
  EXPECT_FALSE(m.settles());

  auto warning = about("preavviso-errore-consegna");
  warning.header_tipo = "avvenuta-consegna";
  m = read(make_receipt(world().a, original, warning));
  EXPECT_EQ(m.kind, Kind::preavviso_errore_consegna) << "tipo comes from what is signed";
  EXPECT_EQ(m.code, "pec.header_mismatch");
  EXPECT_FALSE(m.settles());

  m = read("X-Ricevuta: accettazione\r\n" + make_receipt(world().b, original, about("avvenuta-consegna")));
  EXPECT_FALSE(m.settles()) << "two headers that differ";
}

TEST_F(PecHostile, blanks_brackets_and_case_are_no_mismatch) {
  delivered.header_reference = "0190F3C2-4d5e-7f00-8a1b-2c3d4e5f6071@NOTIFICHE.comune-prova.example";
  EXPECT_TRUE(read(make_receipt(world().b, original, delivered)).settles());
  delivered.header_tipo = "Avvenuta-Consegna";
  EXPECT_TRUE(read(make_receipt(world().b, original, delivered)).settles());
}

TEST_F(PecHostile, a_message_without_our_id_is_named_by_the_providers) {
  original.message_id.clear();
  auto m = read(make_receipt(world().a, original, {}));
  EXPECT_TRUE(m.settles());
  EXPECT_EQ(m.message_id, "");
  EXPECT_EQ(m.identificativo, original.identificativo);
  original.identificativo.clear();
  m = read(make_receipt(world().a, original, {}));
  EXPECT_TRUE(m.consistent);
  EXPECT_FALSE(m.settles()) << "it names no message at all";
}

TEST_F(PecHostile, two_daticert_are_none) {
  auto other = original;
  other.message_id = "another@notifiche.comune-prova.example";
  delivered.second_xml = daticert_xml(world().b, other, delivered);
  const auto m = read(make_receipt(world().b, original, delivered));
  EXPECT_EQ(m.verification, Verification::valid);
  EXPECT_EQ(m.code, "pec.unreadable");
  EXPECT_EQ(m.message_id, "");
  EXPECT_FALSE(m.settles());
}

TEST_F(PecHostile, what_stands_beside_the_signed_part_is_not_read) {
  const auto genuine = make_receipt(world().b, original, delivered);
  auto other = original;
  other.message_id = "another@notifiche.comune-prova.example";
  const auto forged = make_receipt(world().b, other, delivered);
  const auto part = forged.substr(forged.find("Content-Type: application/xml"),
                                  forged.find("--mix-", forged.find("application/xml")) - forged.find("Content-Type: application/xml"));
  const auto boundary = genuine.substr(genuine.find("sig-"), 28);
  // Before, between and after the two halves of multipart/signed.
  const auto first = genuine.find("--" + boundary);
  const auto second = genuine.find("--" + boundary, first + 10);
  const auto last = genuine.rfind("--" + boundary);
  for (const auto place : {first, second, last}) {
    auto eml = genuine;
    eml.insert(place, "--" + boundary + "\r\n" + part + "\r\n");
    const auto m = read(eml);
    EXPECT_NE(m.verification, Verification::valid);
    EXPECT_FALSE(m.settles());
  }
  const auto m = read(genuine + "\r\n" + part);
  EXPECT_EQ(m.message_id, original.message_id) << "an epilogue is nobody's";
}

TEST_F(PecHostile, one_that_is_cut_anywhere_settles_nothing) {
  const auto trust = Trust::load("tests/data/pec/root-ca.pem").value();
  const auto whole = sample("01-accettazione.eml");
  for (std::size_t size = 0; size < whole.rfind("--sig-001--"); size += 61) {
    EXPECT_FALSE(read_message(std::string_view(whole).substr(0, size), &trust).settles()) << size;
  }
}

TEST_F(PecHostile, a_changed_byte_never_makes_it_say_something_else) {
  const auto trust = Trust::load("tests/data/pec/root-ca.pem").value();
  const auto whole = sample("05-avvenuta-consegna-completa.eml");
  const auto genuine = read_message(whole, &trust);
  ASSERT_TRUE(genuine.settles());
  std::mt19937 random(20261122);
  int settled = 0;
  for (int round = 0; round < 1500; ++round) {
    auto eml = whole;
    eml[random() % eml.size()] = static_cast<char>(random() % 256);
    const auto m = read_message(eml, &trust);
    if (!m.settles()) continue;
    ++settled;
    EXPECT_EQ(m.message_id, genuine.message_id);
    EXPECT_EQ(m.recipient, genuine.recipient);
    EXPECT_EQ(m.kind, genuine.kind);
    EXPECT_EQ(m.daticert, genuine.daticert);
  }
  EXPECT_GT(settled, 0) << "a letter of the subject does not matter";
}

TEST_F(PecHostile, a_message_of_20_mib_in_it_is_no_matter) {
  std::string big =
      "Subject: grande\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  while (big.size() < (std::size_t{20} << 20)) big += "VGhpcyBpcyBhIGxpbmUgb2YgYSBsYXJnZSBhdHRhY2htZW50LCB3aGljaCBoYXMgbWFueSBvZiB0\r\n";
  delivered.ricevuta = "completa";
  delivered.postacert = big;
  for (const bool last : {false, true}) {
    delivered.daticert_last = last;
    const auto m = read(make_receipt(world().b, original, delivered));
    EXPECT_TRUE(m.settles()) << m.verification_reason;
  }
}

TEST_F(PecHostile, one_beyond_the_bound_is_told_and_not_read) {
  auto eml = make_receipt(world().b, original, delivered);
  eml.append(kMaxPecMessage, 'x');
  const auto m = read(eml);
  EXPECT_EQ(m.kind, Kind::avvenuta_consegna);
  EXPECT_EQ(m.verification, Verification::invalid);
  EXPECT_EQ(m.code, "pec.unreadable");
  EXPECT_FALSE(m.settles());
}

// Signed by a genuine provider: the wrapped message is anybody's.
std::string repeated(std::string start, std::string_view piece, int times) {
  for (int i = 0; i < times; ++i) start += piece;
  return start;
}

// Signed by a genuine provider: the wrapped message is anybody's.
TEST_F(PecHostile, messages_built_to_fill_the_memory_are_not_read) {
  const std::string digest = "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n";
  delivered.ricevuta = "completa";
  for (const auto& bomb :
       {repeated("Content-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\n\r\n", 200'000),
        repeated("Subject: x\r\n", "a:\r\n", 400'000), repeated("To: ", "a@b,\r\n ", 1'000'000), repeated("To: ", "a@b,", 1'000'000),
        repeated("Content-Type: text/plain", ";\r\n a=b", 400'000), repeated("Content-Type: message/rfc822\r\n\r\n", "a:\r\n", 400'000),
        repeated(digest, "a:\r\n", 400'000), repeated("Content-Type:\r\n message/rfc822\r\n\r\n", "a:\r\n", 400'000)}) {
    delivered.postacert = bomb;
    const auto m = read(make_receipt(world().b, original, delivered));
    EXPECT_EQ(m.verification, Verification::valid);
    EXPECT_EQ(m.code, "pec.unreadable") << bomb.substr(0, 100);
    EXPECT_FALSE(m.settles());
  }
}

TEST_F(PecHostile, long_texts_that_look_like_headers_are_no_matter) {
  delivered.ricevuta = "completa";
  delivered.postacert = repeated("Subject: log\r\nContent-Type: text/plain\r\n\r\n", "10:15:02 sshd: accepted a@b\r\n", 200'000);
  EXPECT_TRUE(read(make_receipt(world().b, original, delivered)).settles());
}

TEST_F(PecHostile, messages_in_messages_in_messages_do_not_overflow_the_stack) {
  delivered.ricevuta = "completa";
  for (const int depth : {250, 20'000}) {
    std::string messages;
    std::string multiparts;
    for (int i = 0; i < depth; ++i) {
      messages += "Content-Type: message/rfc822\r\n\r\n";
      const auto b = std::to_string(i);
      multiparts += "Content-Type:\r\n multipart/mixed; boundary=b" + b + "\r\n\r\n--b" + b + "\r\n";
    }
    for (const auto& nested : {messages, multiparts}) {
      delivered.postacert = nested;
      const auto eml = make_receipt(world().b, original, delivered);
      with_small_stack([&] {
        const auto m = read(eml);
        EXPECT_EQ(m.verification, Verification::valid);
        EXPECT_EQ(m.settles(), depth == 250);
      });
    }
  }
}

TEST_F(PecHostile, long_headers_and_odd_bytes_do_no_harm) {
  const std::string start = "X-Ricevuta: accettazione\r\n";
  for (const auto& rest : {"Subject: " + std::string(300'000, 'x'), std::string("Message-ID: \xff\xfe<\x80>\r\n\r\n"),
                           std::string("\0\0\r\n\r\n", 6), std::string("Content-Type: multipart/signed\r\n\r\n"),
                           std::string("Content-Type: multipart/signed; boundary=\"\"\r\n\r\n--\r\n\r\n--\r\n--\r\n")}) {
    const auto m = read(start + rest);
    EXPECT_EQ(m.kind, Kind::accettazione);
    EXPECT_EQ(m.verification, Verification::invalid);
    EXPECT_FALSE(m.settles());
  }
}

}  // namespace
}  // namespace messo::pec
