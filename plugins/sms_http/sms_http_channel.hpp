// The channel `sms` over a gateway that speaks HTTP, whatever it calls things: its description says it.
#pragma once
#include "messo_channel.hpp"
#include "sms_http/gateway.hpp"

namespace messo::sms_http {

class SmsHttpChannel final : public plugin::BlockingChannel,
                             public plugin::Probes,
                             public plugin::Measures,
                             public plugin::TellsBalance,
                             public plugin::TakesReceiptCalls {
 public:
  SmsHttpChannel(std::string_view config_json, plugin::Host host);
  static plugin::About about();

  void start() override;
  plugin::Outcome send(const plugin::OwnedMessage& message) override;
  Report probe(std::chrono::milliseconds limit) override;
  Size measure(const plugin::Message& message) override;
  std::optional<Balance> balance(std::chrono::milliseconds limit) override;
  Answer on_request(const Call& call) override;

 protected:
  void interrupt() noexcept override { gateway_.interrupt(); }

 private:
  SmsHttpChannel(Settings settings, plugin::Host host);

  const Settings settings_;
  Gateway gateway_;
};

}  // namespace messo::sms_http
