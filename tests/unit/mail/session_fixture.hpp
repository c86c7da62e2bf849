// A session against the real scripted server, with timeouts short enough for tests.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "mail/smtp_session.hpp"
#include "peers/smtp_peer.hpp"

namespace messo::mail {

using peers::SmtpPeer;
using peers::SmtpPeerOptions;

inline const std::string sample_message =
    "From: a@example.it\r\nTo: b@example.it\r\nMessage-ID: <1@example.it>\r\nSubject: prova\r\n\r\nciao\r\n.una riga col "
    "punto\r\n..\r\nfine\r\n";

struct SessionTest : ::testing::Test {
  std::unique_ptr<SmtpPeer> peer;
  SmtpSettings settings;
  std::atomic<bool> stop{false};
  Poco::Net::Context::Ptr tls;
  std::unique_ptr<SmtpSession> session;

  void start(SmtpPeerOptions options = {}) {
    peer = std::make_unique<SmtpPeer>(std::move(options));
    settings.host = "127.0.0.1";
    settings.port = peer->port();
    settings.tls = TlsMode::none;
    settings.helo_name = "hub.example.it";
    settings.timeouts = {Millis{2000}, Millis{2000}, Millis{800}, Millis{800}, Millis{800}, Millis{800}, Millis{300}};
    make_session();
  }
  void make_session() { session = std::make_unique<SmtpSession>(settings, tls, stop); }

  static OutgoingMail mail(std::string_view recipient = "b@example.it", std::string_view bytes = sample_message) {
    return {"a@example.it", recipient, bytes, "", false};
  }
  // Opens when needed and sends; the verdict of whatever came first.
  Verdict deliver(const OutgoingMail& outgoing, const OutgoingMail* next = nullptr) {
    if (!session->is_open()) {
      if (auto verdict = session->open()) return *verdict;
    }
    return session->send(outgoing, next);
  }
  bool arrives(std::uint64_t count) const { return peer->wait_for(count, std::chrono::seconds(5)); }
};

}  // namespace messo::mail
