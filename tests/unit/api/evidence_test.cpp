// The proof of a notification over HTTP.
#include <gtest/gtest.h>

#include "base/hash.hpp"
#include "evidence/verify.hpp"
#include "unit/api/running_api.hpp"

namespace messo::test {
namespace {

class EvidenceOverHttp : public testing::Test {
 protected:
  std::string key() { return *from_base64(json_of(api.call("GET", "/v1/evidence/key")).value("public_key", "")); }
  static std::string path(const std::string& id) { return "/v1/notifications/" + id + "/evidence"; }
  RunningApi api;
};

TEST_F(EvidenceOverHttp, whoever_may_read_the_notification_gets_one_archive_that_holds) {
  const std::string large(3'000'000, 'x');  // sent in pieces
  const auto id = api.with_evidence(large);
  for (const auto& reader : {api.keys.live, api.keys.read_only}) {
    const auto answer = api.call("GET", path(id), reader);
    ASSERT_EQ(answer.status, 200) << answer.body.substr(0, 300);
    EXPECT_EQ(answer.field("Content-Type"), "application/zip");
    EXPECT_EQ(answer.field("Content-Disposition"), "attachment; filename=\"attestazione-" + id + ".zip\"");
    EXPECT_EQ(answer.field("Content-Length"), std::to_string(answer.body.size()));
    EXPECT_NE(answer.body.find(large), std::string::npos);
    const auto report = verify_evidence_archive(answer.body, {key(), {}});
    EXPECT_TRUE(report.holds);
    EXPECT_EQ(report.notification, id);
  }
  const auto head = api.call("HEAD", path(id), api.keys.live);
  EXPECT_EQ(head.status, 200);
  EXPECT_GT(std::stoul(head.field("Content-Length")), large.size());
  EXPECT_TRUE(head.body.empty());
}

TEST_F(EvidenceOverHttp, nobody_else_gets_it) {
  const auto id = api.with_evidence("the message");
  EXPECT_EQ(api.call("GET", path(id), api.keys.other_service).status, 404);
  EXPECT_EQ(api.call("GET", path(id), api.keys.other_organisation).status, 404);
  EXPECT_EQ(api.call("GET", path(id), api.keys.send_only).status, 403);
  EXPECT_EQ(api.call("GET", path(id)).status, 401);
  EXPECT_EQ(api.socket("GET", path(id)).status, 200) << "administrators";
}

TEST_F(EvidenceOverHttp, without_evidence_the_answer_says_why) {
  const auto id = json_of(api.call("POST", "/v1/notifications", api.keys.live, RunningApi::job()))["id"].get<std::string>();
  const auto waiting = api.call("GET", path(id), api.keys.live);
  EXPECT_EQ(waiting.status, 404);
  EXPECT_EQ(json_of(waiting)["type"], "urn:messo:problem:no_evidence");
  EXPECT_NE(waiting.body.find("not been handed over yet"), std::string::npos);
  api.deliver(id);
  EXPECT_NE(api.call("GET", path(id), api.keys.live).body.find("its channel keeps no messages as sent"), std::string::npos);
}

TEST_F(EvidenceOverHttp, the_public_key_is_everybodys) {
  const auto answer = json_of(api.call("GET", "/v1/evidence/key"));
  EXPECT_EQ(answer["algorithm"], "Ed25519");
  EXPECT_EQ(parse_public_key(answer["pem"].get<std::string>()), key());
}

}  // namespace
}  // namespace messo::test
