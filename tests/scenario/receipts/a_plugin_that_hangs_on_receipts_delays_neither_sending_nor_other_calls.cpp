#include "scenario/receipts/receipt_story.hpp"

namespace messo::test {
namespace {

TEST_F(ReceiptStory, a_plugin_that_hangs_on_receipts_delays_neither_sending_nor_other_calls) {
  begin(kPending);
  const auto id = sent();
  const auto began = std::chrono::steady_clock::now();
  const auto answer = call({{"id", "h"}, {"do", "hang"}, {"ms", 13'000}}, {}, 30'000);
  EXPECT_EQ(answer.status, 503) << answer.body;
  EXPECT_TRUE(answer.headers.contains("retry-after"));
  EXPECT_LT(std::chrono::steady_clock::now() - began, Millis{12'500});
  sent("altra@example.it");
  arrives(item("u1", "delivered", reference(id)));
  EXPECT_TRUE(becomes(id, "delivered")) << "the mailbox goes on";
}

TEST_F(ReceiptStory, calls_are_bounded_before_the_plugin_sees_them) {
  begin(kPending);
  const auto elsewhere = http({.method = "POST",
                               .url = "http://127.0.0.1:" + std::to_string(daemon.port()) + "/v1/callbacks/" + std::string(43, 'x'),
                               .body = "{}"});
  EXPECT_EQ(elsewhere.status, 404);
  EXPECT_EQ(call(Json(std::string(300 * 1024, 'x'))).status, 413);
  EXPECT_EQ(call(Json("no json")).status, 500) << "the plugin fails on it";
  const auto old = callback;
  daemon.must({"provider", "new-callback", "gestore"});
  EXPECT_EQ(call(item("r1", "nothing", "")).status, 404);
  callback = Json::parse(daemon.must({"provider", "show", "gestore", "--json"})).at("callback_path");
  EXPECT_NE(callback, old);
  EXPECT_EQ(call(item("r1", "nothing", "")).status, 200);
}

}  // namespace
}  // namespace messo::test
