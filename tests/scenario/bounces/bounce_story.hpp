// A town whose relay takes every message, and whose bounces come to a mailbox of a real Dovecot.
#pragma once
#include "peers/dovecot.hpp"
#include "peers/mail_reports.hpp"
#include "peers/smtp_peer.hpp"
#include "scenario/support/hub_story.hpp"

namespace messo::test {

class BounceStory : public HubStory {
 protected:
  void SetUp() override {
    if (const auto why = peers::Dovecot::missing()) GTEST_SKIP() << *why;
    dovecot = std::make_unique<peers::Dovecot>();
  }
  // `settings`: further lines of the provider.
  void begin(const std::string& settings = {}) {
    daemon.start();
    RelayOptions relay;
    relay.port = peer.port();
    relay.extra = settings;
    relay.config = "verp_domain = \"comune.example.it\"\nverp_key = \"0123456789abcdef\"\ndsn = true\n[provider.config.mailbox]\n";
    relay.config += "host = \"localhost\"\npoll_seconds = 1\nport = " + std::to_string(dovecot->imaps_port()) + "\nca_file = \"" +
                    dovecot->ca_file() + "\"\nusername = \"" + dovecot->user().name + "\"\npassword = \"" + dovecot->user().password +
                    "\"\n";
    town = found_town(daemon, relay);
  }
  std::string post(const std::string& email) { return accepted(reminder_job(email, "story")); }
  // Posted, taken by the relay and closed; the bounce it would get, as the relay's mail server would write it.
  peers::Bounce sent(const std::string& email, std::string& id) {
    id = post(email);
    EXPECT_TRUE(becomes(id, "sent")) << read(id).dump(1);
    const auto mails = peer.mails();
    peers::Bounce out;
    for (const auto& mail : mails) {
      if (mail.recipient != email) continue;
      out.to = mail.sender;
      out.message_id = mail.message_id;
    }
    EXPECT_NE(out.message_id, "") << "the relay has it";
    out.recipient = email;
    out.own_id = "<" + id + "@mx.example.net>";
    return out;
  }
  // The last event of that kind, once there is one.
  Json event(const std::string& id, const std::string& kind) const {
    EXPECT_TRUE(wait_until([&] { return !events(id, kind).empty(); }, Millis{20'000})) << read(id).dump(1);
    const auto all = events(id, kind);
    return all.empty() ? Json::object() : all.back();
  }
  // How many receipts of the relay said so, by /metrics.
  int receipts_that(const std::string& result) const {
    const auto text = daemon.admin("GET", "/metrics").body;
    for (const std::string series : {"messo_provider_final_receipts_total", "messo_provider_notices_total"}) {
      const auto line = series + "{provider=\"relay\",result=\"" + result + "\"} ";
      if (const auto at = text.find(line); at != std::string::npos) return std::stoi(text.substr(at + line.size()));
    }
    return -1;
  }

  peers::SmtpPeer peer;
  std::unique_ptr<peers::Dovecot> dovecot;
};

}  // namespace messo::test
