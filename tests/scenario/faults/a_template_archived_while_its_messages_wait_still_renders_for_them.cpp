#include "scenario/faults/fault_story.hpp"

namespace messo::test {
namespace {

TEST_F(FaultStory, a_template_archived_while_its_messages_wait_still_renders_for_them) {
  begin();
  const auto waiting = post(job("maria@example.it", {{"send_at", in(Millis{4'000})}}), town.key);
  daemon.must({"template", "archive", "appuntamento-promemoria", "--organisation", "comune"});
  const auto refused = try_to_post("luca@example.it");
  EXPECT_EQ(refused.status / 100, 4) << refused.body;
  EXPECT_EQ(read(waiting).at("status"), "queued");
  daemon.kill9();  // nothing of it is in a cache any more
  daemon.start();
  EXPECT_TRUE(becomes(waiting, "sent")) << read(waiting).dump(1);
  expect_each_arrived_once();
}

}  // namespace
}  // namespace messo::test
