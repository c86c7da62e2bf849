// Reading what gateways answer; answers are hostile.
#include <gtest/gtest.h>

#include "sms_http/answer.hpp"

namespace messo::sms_http {
namespace {

AnswerShape pointed(const std::vector<std::pair<std::string, std::string>>& places) {
  AnswerShape out;
  for (const auto& [name, pointer] : places) EXPECT_TRUE(out.add_pointer(name, pointer)) << pointer;
  return out;
}

TEST(AnswerShape, finds_texts_and_numbers_at_pointers) {
  const auto shape = pointed({{"id", "/a/0/b"}, {"n", "/n"}, {"x", "/x~1y"}, {"none", "/none"}, {"object", "/a"}});
  const auto found = shape.read(R"({"a": [{"b": "m-1"}], "n": 21211, "x/y": true})");
  ASSERT_TRUE(found);
  EXPECT_EQ(first_of(*found, "id"), "m-1");
  EXPECT_EQ(first_of(*found, "n"), "21211");
  EXPECT_EQ(first_of(*found, "x"), "true");
  EXPECT_FALSE(found->contains("none"));
  EXPECT_FALSE(found->contains("object")) << "an object is no value";
}

TEST(AnswerShape, a_star_stands_for_every_element) {
  const auto found = pointed({{"id", "/m/*/id"}}).read(R"({"m": [{"id": "a"}, {"x": 1}, {"id": "b"}]})");
  EXPECT_EQ(found->at("id"), (std::vector<std::string>{"a", "b"}));
}

TEST(AnswerShape, a_text_is_read_by_the_first_pattern_that_is_found) {
  AnswerShape shape;
  ASSERT_TRUE(shape.add_pattern("^OK;(?P<id>[^;]+)"));
  ASSERT_TRUE(shape.add_pattern("^KO;(?P<error>[^;]*);(?P<text>.*)"));
  EXPECT_EQ(first_of(*shape.read("OK;m-1;1"), "id"), "m-1");
  EXPECT_EQ(first_of(*shape.read("KO;7;no credit"), "text"), "no credit");
  EXPECT_FALSE(shape.read("<html>"));
  EXPECT_TRUE(shape.names("error"));
}

TEST(AnswerShape, wrong_shapes_are_named) {
  AnswerShape shape;
  EXPECT_FALSE(shape.add_pointer("id", "id"));
  EXPECT_FALSE(shape.add_pointer("id", "/a~2"));
  EXPECT_FALSE(shape.add_pattern("(?P<id>"));
  EXPECT_FALSE(shape.add_pattern("no group"));
  EXPECT_FALSE(shape.add_pattern(std::string(600, 'x')));
}

TEST(AnswerShape, hostile_answers_cost_little) {
  const auto shape = pointed({{"id", "/id"}, {"all", "/*/*/*"}});
  EXPECT_FALSE(shape.read(""));
  EXPECT_FALSE(shape.read("{\"id\": \"m-1\""));
  EXPECT_FALSE(shape.read(std::string(60'000, '[')));
  EXPECT_TRUE(shape.read(std::string(30'000, '[') + std::string(30'000, ']')));
  EXPECT_EQ(first_of(*shape.read("{\"id\": \"" + std::string(60'000, 'x') + "\"}"), "id").size(), 512U);
  std::string many = "[[[0";
  for (int i = 0; i < 10'000; ++i) many += ",1";
  EXPECT_LE(shape.read(many + "]]]")->at("all").size(), 300U);
  AnswerShape text;
  ASSERT_TRUE(text.add_pattern("^(?P<id>(a+)+)$"));
  EXPECT_FALSE(text.read(std::string(60'000, 'a') + "b")) << "in linear time";
}

}  // namespace
}  // namespace messo::sms_http
