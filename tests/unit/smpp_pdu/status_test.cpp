#include <gtest/gtest.h>

#include "smpp_pdu/status_class.hpp"

namespace messo::smpp {
namespace {

TEST(SmppStatus, each_status_does_to_a_message_what_its_kind_of_trouble_calls_for) {
  struct Case {
    std::uint32_t status;
    StatusClass klass;
  };
  constexpr Case cases[] = {
      {0, StatusClass::ok},
      {0x58, StatusClass::throttled},
      {0x14, StatusClass::queue_full},
      {0x08, StatusClass::retry},
      {0x64, StatusClass::retry},
      {0x67, StatusClass::retry},
      {0xFF, StatusClass::retry},
      {0x04, StatusClass::rebind},
      {0x05, StatusClass::rebind},
      {0x0D, StatusClass::configuration},
      {0x0E, StatusClass::configuration},
      {0x0F, StatusClass::configuration},
      {0x15, StatusClass::configuration},
      {0x53, StatusClass::configuration},
      {0x01, StatusClass::permanent_message},
      {0x0A, StatusClass::permanent_message},
      {0x0B, StatusClass::permanent_destination},
      {0x61, StatusClass::permanent_message},
      {0x62, StatusClass::permanent_message},
      {0x45, StatusClass::permanent_message},
      {0x65, StatusClass::permanent_message},
      {0x66, StatusClass::permanent_message},
      {0xC4, StatusClass::permanent_message},
      {0x104, StatusClass::permanent_message},
      {0x400, StatusClass::permanent_message},
      {0x4FF, StatusClass::permanent_message},
      {0x3FF, StatusClass::retry},
      {0x500, StatusClass::retry},
      {0x09, StatusClass::retry},
      {0xFFFFFFFF, StatusClass::retry},
  };
  for (const auto& each : cases)
    EXPECT_EQ(classify(each.status), each.klass) << std::hex << each.status << " is " << to_string(classify(each.status));
}

TEST(SmppStatus, every_number_can_be_told_to_people) {
  int named = 0;
  for (std::uint32_t status = 0; status <= 0x600; ++status) {
    EXPECT_FALSE(status_text(status).empty());
    const auto name = status_name(status);
    if (name.empty()) continue;
    ++named;
    EXPECT_TRUE(name.starts_with("ESME_R")) << name;
    EXPECT_TRUE(describe_status(status).starts_with(name));
  }
  EXPECT_EQ(named, 55);
  EXPECT_EQ(describe_status(0x58), "ESME_RTHROTTLED (0x00000058): too many messages at once");
  EXPECT_EQ(describe_status(0x401), "status 0x00000401: a status of the SMSC's own");
  EXPECT_EQ(describe_status(0xFFFFFFFF), "status 0xffffffff: a status without a standard meaning");
}

}  // namespace
}  // namespace messo::smpp
