// The smtp plugin: email over a pool of kept-alive connections to one mail server, bounces from a mailbox where one is configured.
#pragma once
#include <memory>

#include "base/time.hpp"
#include "mail/smtp_pool.hpp"
#include "mailbox/poller.hpp"
#include "messo_channel.hpp"
#include "smtp/smtp_config.hpp"

namespace messo::smtp {

class SmtpChannel final : public plugin::Channel, public plugin::Probes, public plugin::PollsReceipts {
 public:
  SmtpChannel(std::string_view config_json, plugin::Host host);

  static plugin::About about();

  void start() override { pool_.start(); }
  bool submit(plugin::Batch batch) override { return pool_.submit(batch); }
  void stop(std::chrono::milliseconds drain) override;
  // Signs in to send, then to the mailbox.
  Report probe(std::chrono::milliseconds limit) override;

  // None without the setting `mailbox`.
  std::vector<Mailbox> mailboxes() override;
  Page poll(const Request& request) override;
  void ack(std::string_view mailbox, const std::vector<std::string_view>& ids, std::chrono::milliseconds timeout) override;

 private:
  const SmtpConfig config_;
  const SystemClock clock_;
  mail::SmtpPool pool_;
  const std::unique_ptr<mailbox::Poller> poller_;  // null without a mailbox
};

}  // namespace messo::smtp
