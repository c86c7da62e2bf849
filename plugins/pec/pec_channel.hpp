// The pec plugin: certified mail over SMTP submission, its receipts from the mailbox it is sent from.
#pragma once
#include <memory>

#include "base/time.hpp"
#include "mail/smtp_pool.hpp"
#include "mailbox/poller.hpp"
#include "messo_channel.hpp"
#include "pec/pec_config.hpp"
#include "pec_receipt/trust.hpp"

namespace messo::pec {

class PecChannel final : public plugin::Channel, public plugin::Probes, public plugin::PollsReceipts {
 public:
  PecChannel(std::string_view config_json, plugin::Host host);

  static plugin::About about();

  void start() override { pool_.start(); }
  bool submit(plugin::Batch batch) override { return pool_.submit(batch); }
  void stop(std::chrono::milliseconds drain) override;
  // Signs in to send, then to the mailbox.
  Report probe(std::chrono::milliseconds limit) override;

  std::vector<Mailbox> mailboxes() override { return {poller_->mailbox()}; }
  Page poll(const Request& request) override { return poller_->poll(request); }
  void ack(std::string_view mailbox, const std::vector<std::string_view>& ids, std::chrono::milliseconds timeout) override;

 private:
  std::optional<plugin::Receipt> read(std::string_view eml) const;

  const PecConfig config_;
  const Trust roots_;
  const SystemClock clock_;
  mail::SmtpPool pool_;
  const std::unique_ptr<mailbox::Poller> poller_;
};

}  // namespace messo::pec
