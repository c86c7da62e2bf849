// JSON read and written quickly is what the library reads and writes.
#include "template/quick_json.hpp"

#include <gtest/gtest.h>

namespace messo {
namespace {

using Json = nlohmann::json;

std::string written(const Json& value) {
  std::string out = "x";
  append_json(out, value);
  return out.substr(1);
}

TEST(QuickJson, is_written_as_the_library_writes_it) {
  const Json values[] = {nullptr,
                         true,
                         -1,
                         18446744073709551615U,
                         0.1,
                         1e300,
                         "",
                         "città",
                         "a\"b\\c\n\t",
                         Json::object(),
                         Json::array(),
                         {{"b", {1, "due", {{"", Json::array({Json::object()})}}}}, {"a\"", "x"}, {"é", {{"z", false}}}}};
  for (const auto& value : values) {
    EXPECT_EQ(written(value), value.dump());
    EXPECT_EQ(read_json_quickly(value.dump()), value) << value.dump();
  }
  EXPECT_EQ(written("\x01\x7f"), Json("\x01\x7f").dump());
  EXPECT_EQ(written("a\xff"), "\"a\xef\xbf\xbd\"");
}

TEST(QuickJson, what_needs_another_look_is_left_to_a_slower_reader) {
  for (const auto* text :
       {"", "{", "{} {}", R"({"a":1,"a":1})", R"("\u0000")", R"("\u007f")", "18446744073709551616", "\"\xff\"", "[1e999]"})
    EXPECT_FALSE(read_json_quickly(text)) << text;
  EXPECT_FALSE(read_json_quickly("[[[]]]", {2, 100}));
  EXPECT_FALSE(read_json_quickly("[1,2]", {2, 2}));
  EXPECT_TRUE(read_json_quickly("[1,2]", {1, 3}));
}

}  // namespace
}  // namespace messo
