// An alias that is not registered leaves with no message, whatever changed since the job was taken.
#include "unit/dispatch/hub.hpp"

namespace messo::testing {
namespace {

class SmsSendersAtHandOver : public Hub {
 protected:
  std::shared_ptr<ScriptedPort> add_gateway(const std::string& sender) {
    Provider settings = provider("gestore", OnDoubt::hold);
    settings.channel = Channel::sms;
    settings.pool = "sms";
    settings.config_json = sender.empty() ? R"({"host":"smsc"})" : R"({"host":"smsc","sender":")" + sender + "\"}";
    return add_provider(settings);
  }
  void enter(const std::string& alias, AliasState state) {
    DirectoryChange what;
    what.sms_senders.push_back({town, alias, state, "", ""});
    change(what);
  }
  void set_sender(const std::string& address) {
    DirectoryChange what;
    what.services.push_back(store->directory().snapshot()->services.at(desk));
    what.services.back().senders[Channel::sms].address = address;
    change(what);
  }
  static Job sms(KeyKind kind = KeyKind::live) {
    Job job;
    job.pool = "sms";
    job.channel = Channel::sms;
    job.kind = kind;
    return job;
  }
  std::string code(NotificationId id) { return delivery(id).attempts.at(0).code; }
};

TEST_F(SmsSendersAtHandOver, ARegisteredAliasLeavesAndOneThatLostItsRegistrationIsRefusedUntouched) {
  const auto port = add_gateway("");
  set_sender("Comune");
  enter("Comune", AliasState::registered);
  start();
  const NotificationId first = post(sms());
  ASSERT_TRUE(reaches(first, DeliveryResult::sent));
  EXPECT_EQ(port->received().at(0).from, "Comune");
  enter("Comune", AliasState::refused);
  const NotificationId second = post(sms());
  ASSERT_TRUE(reaches(second, DeliveryResult::refused));
  EXPECT_EQ(code(second), "sms_alias_not_registered");
  EXPECT_FALSE(delivery(second).attempts.at(0).handed_over_at);
  EXPECT_EQ(port->count(), 1U);
}

TEST_F(SmsSendersAtHandOver, TheProvidersOwnSenderIsJudgedWhereTheMessageHasNone) {
  const auto port = add_gateway("Gestore");
  start();
  const NotificationId refused = post(sms());
  ASSERT_TRUE(reaches(refused, DeliveryResult::refused));
  EXPECT_EQ(code(refused), "sms_alias_not_registered");
  enter("Comune", AliasState::registered);
  const NotificationId own = post(sms());
  ASSERT_TRUE(reaches(own, DeliveryResult::sent));
  EXPECT_EQ(port->received().at(0).from, "Comune");
  enter("Gestore", AliasState::registered);
  const NotificationId left_to_it = post(sms());
  ASSERT_TRUE(reaches(left_to_it, DeliveryResult::sent));
  EXPECT_EQ(port->received().at(1).from, "") << "two are registered: the provider uses its own";
}

TEST_F(SmsSendersAtHandOver, NumbersNeedNoRegistration) {
  const auto port = add_gateway("");
  set_sender("48048");
  start();
  ASSERT_TRUE(reaches(post(sms()), DeliveryResult::sent));
  EXPECT_EQ(port->received().at(0).from, "48048");
}

TEST_F(SmsSendersAtHandOver, TestKeysNeedNoRegistration) {
  const auto port = add_gateway("");
  port->set_simulated();
  set_sender("Comune");
  start();
  ASSERT_TRUE(reaches(post(sms(KeyKind::test)), DeliveryResult::simulated));
}

}  // namespace
}  // namespace messo::testing
