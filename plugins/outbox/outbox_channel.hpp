// The outbox plugin: messages become files; the hub shows them as simulated and never counts them as sent.
#pragma once
#include <string>
#include <string_view>

#include "mail/mail_address.hpp"
#include "messo_channel.hpp"
#include "outbox/outbox_folder.hpp"

namespace messo::outbox {

class OutboxChannel final : public plugin::BlockingChannel {
 public:
  OutboxChannel(std::string_view config_json, plugin::Host host);
  static plugin::About about();

  void start() override;
  plugin::Outcome send(const plugin::OwnedMessage& message) override;

 private:
  struct Config;
  OutboxChannel(Config config, plugin::Host host);

  // The bytes of the file for a message, or the outcome when it cannot be one.
  plugin::Outcome store_mail(const plugin::OwnedMessage& message);
  plugin::Outcome store_json(const plugin::OwnedMessage& message);
  plugin::Outcome store(const plugin::OwnedMessage& message, std::string_view extension, std::string_view bytes);

  OutboxFolder folder_;
  mail::Mailbox from_;
};

}  // namespace messo::outbox
