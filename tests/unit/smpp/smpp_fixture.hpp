// What tests of the smpp plugin have in common.
#pragma once
#include "plugin_test.hpp"
#include "scripted_smsc.hpp"
#include "support/wait_until.hpp"

namespace messo::test {

inline TestMessage sms(unsigned number, std::string text = "Il suo certificato è pronto.") {
  auto message = numbered(number);
  message.channel = "sms";
  message.to = "+393331234567";
  message.from = "Comune";
  message.parts = {{"text", std::move(text)}};
  return message;
}

struct SmppPlugin : PluginTest {
  std::unique_ptr<ScriptedSmsc> smsc = std::make_unique<ScriptedSmsc>();

  nlohmann::json config(nlohmann::json more = nlohmann::json::object()) const {
    nlohmann::json base{{"host", "127.0.0.1"}, {"port", smsc->port()}, {"system_id", "messo"}, {"password", "segreta1"}};
    base.update(more);
    return base;
  }
  void start(nlohmann::json more = nlohmann::json::object()) { host = std::make_unique<BorderHost>("smpp", config(std::move(more))); }
  void bind(nlohmann::json more = nlohmann::json::object(), std::size_t sessions = 1) {
    start(std::move(more));
    ASSERT_TRUE(wait_until([&] { return smsc->lines().size() == sessions; }));
  }
  // The SMSC refuses submits with `status`, `times` times, after `taken` it took.
  void refuse(std::uint32_t status, int times, int after = 0) {
    smsc->on_pdu([=, left = std::make_shared<std::atomic<int>>(after + times)](auto& line, const smpp::Pdu& pdu) {
      if (!std::holds_alternative<smpp::SubmitSm>(pdu.body)) return false;
      const int now = (*left)--;
      if (now <= 0 || now > times) return false;
      line.send({status, pdu.sequence, smpp::SubmitSmResponse{}});
      return true;
    });
  }
};

using References = std::vector<std::pair<std::string, std::string>>;

}  // namespace messo::test
