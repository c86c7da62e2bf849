// Two providers of one test authority, a message one of them took, and the samples of real structure.
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "base/time.hpp"
#include "pec_receipt/receipt.hpp"
#include "peers/pec_receipts.hpp"
#include "support/whole_file.hpp"

namespace messo::pec {

inline std::string sample(const std::string& name) { return test::whole_file("tests/data/pec/" + name); }

class PecFixture : public ::testing::Test {
 protected:
  // One authority and one set of keys for all tests.
  struct World {
    peers::TestAuthority authority;
    peers::PecProvider a{authority, "Gestore A S.p.A.", "pec.gestore-a.example"};
    peers::PecProvider b{authority, "Gestore B S.p.A.", "pec.gestore-b.example"};
    Trust trust = Trust::load(authority.ca_file()).value();
  };
  static World& world() {
    static World only;
    return only;
  }
  static PecMessage read(const std::string& eml) { return read_message(eml, &world().trust); }

  // A receipt of `tipo` about one recipient.
  static peers::PecReceipt about(const std::string& tipo, const std::string& recipient = "mario.rossi@pec.cittadino.example") {
    peers::PecReceipt receipt;
    receipt.tipo = tipo;
    receipt.consegna = recipient;
    return receipt;
  }

  peers::PecOriginal original{
      .identificativo = "opec1.20261122.1@pec.gestore-a.example",
      .message_id = "0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6071@notifiche.comune-prova.example",
      .sender = "protocollo@pec.comune-prova.example",
      .subject = "Avviso di pagamento – perché è importante",
      .recipients = {{"mario.rossi@pec.cittadino.example", false}},
      .eml =
          "From: protocollo@pec.comune-prova.example\r\nTo: mario.rossi@pec.cittadino.example\r\nSubject: Avviso\r\n"
          "Message-ID: <0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6071@notifiche.comune-prova.example>\r\nMIME-Version: 1.0\r\n"
          "Content-Type: multipart/mixed; boundary=\"orig\"\r\n\r\n--orig\r\nContent-Type: text/plain\r\n\r\nGentile cittadino\r\n"
          "--orig\r\nContent-Type: application/pdf; name=\"avviso.pdf\"\r\nContent-Disposition: attachment; filename=\"avviso.pdf\"\r\n"
          "Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--orig--\r\n",
  };
};

}  // namespace messo::pec
