// A poller before a real Dovecot, and a stand-in for the hub that keeps cursor and seen items as the real one does.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "mailbox/poller.hpp"
#include "peers/dovecot.hpp"
#include "support/wait_until.hpp"

namespace messo::mailbox {

using namespace std::chrono_literals;
using plugin::PollsReceipts;

inline std::string letter(const std::string& subject, const std::string& body = "Buongiorno.\r\n", const std::string& more = "") {
  return "From: posta-certificata@pec.example.it\r\nTo: protocollo@comune.example.it\r\nSubject: " + subject + "\r\n" + more +
         "Message-ID: <" + subject + "@pec.example.it>\r\n\r\n" + body;
}

// What the hub does with pages: remembers cursor and seen items together, asks again for what failed, acknowledges.
class HubDouble {
 public:
  explicit HubDouble(Poller& poller) : poller_(&poller) {}
  void use(Poller& poller) { poller_ = &poller; }

  PollsReceipts::Page poll(Millis timeout = 30s, std::size_t limit = 100) {
    PollsReceipts::Request request;
    request.cursor = cursor;
    for (const auto& [id, tries] : troubled) request.again.push_back(id);
    request.limit = limit;
    request.timeout = timeout;
    return poller_->poll(request);
  }
  // As a cycle of the hub: what was taken is durable with the cursor.
  PollsReceipts::Page cycle(Millis timeout = 30s, std::size_t limit = 100) {
    auto page = poll(timeout, limit);
    std::vector<std::string> done;
    for (const auto& item : page.items) {
      if (!item.problem.empty()) {
        ++troubled[item.id];
        codes[item.id] = item.code;
        continue;
      }
      troubled.erase(item.id);
      done.push_back(item.id);
      if (!seen.insert(item.id).second) {
        ++repeated;
        continue;
      }
      for (const auto& receipt : item.receipts) taken.push_back(receipt.raw);
    }
    cursor = page.cursor;
    if (acknowledges) ack(done);
    return page;
  }
  void drain(std::size_t limit = 100) {
    for (int i = 0; i < 100'000 && cycle(30s, limit).more; ++i) {
    }
  }
  void ack(const std::vector<std::string>& ids) { poller_->ack({ids.begin(), ids.end()}, 30s); }

  std::string cursor;
  std::set<std::string> seen;
  std::vector<std::string> taken;  // raw of all receipts, in their order
  std::map<std::string, int> troubled;
  std::map<std::string, std::string> codes;
  int repeated = 0;
  bool acknowledges = true;

 private:
  Poller* poller_;
};

class MailboxTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = peers::Dovecot::missing()) GTEST_SKIP() << *why;
  }
  peers::Dovecot& server() {
    if (server_ == nullptr) server_ = std::make_unique<peers::Dovecot>(options);
    return *server_;
  }
  Settings settings(Protocol protocol = Protocol::imap) {
    Settings out;
    out.protocol = protocol;
    out.host = "localhost";
    out.port = protocol == Protocol::imap ? server().imaps_port() : server().pop3s_port();
    out.ca_file = server().ca_file();
    out.username = server().user().name;
    out.password = Secret(server().user().password);
    out.idle = false;
    out.timeouts = {20s, 20s, 20s};
    return out;
  }
  // Every message is a receipt of ours, whose raw is the message, unless the subject says otherwise.
  std::unique_ptr<Poller> poller(Settings settings, HeaderRule headers = {}) {
    Poller::Parts parts;
    parts.reader = [this](std::string_view eml) {
      ++read;
      if (eml.find("Subject: getta") != std::string_view::npos) throw std::runtime_error("poison");
      if (eml.find("Subject: veleno") != std::string_view::npos) return Reading{{}, "test.poison", "The message is poison."};
      plugin::Receipt receipt;
      receipt.raw = eml;
      return Reading{{receipt}, {}, {}};
    };
    parts.headers = std::move(headers);
    parts.log = [this](messo_log_level, std::string_view id, std::string_view) { logged.emplace_back(id); };
    auto made = Poller::make(std::move(settings), std::move(parts), clock);
    if (!made) throw std::runtime_error(made.error().message);
    return std::move(*made);
  }
  std::string problem_of(Poller& poller, Millis timeout = 30s) {
    try {
      HubDouble(poller).poll(timeout);
    } catch (const std::exception& e) {
      return e.what();
    }
    return {};
  }

  peers::DovecotOptions options;
  ManualClock clock;
  std::atomic<int> read{0};
  std::vector<std::string> logged;

 private:
  std::unique_ptr<peers::Dovecot> server_;
};

}  // namespace messo::mailbox
