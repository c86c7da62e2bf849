// The guide for plugin authors quotes code that is compiled: each quoted block stands in the file it names, word for word.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <string>

namespace {

std::string read(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(PluginGuide, quotes_only_code_that_is_compiled) {
  const std::string guide = read("docs/plugins.md");
  const std::regex fence("(<!-- source: ([^ ]+) -->\n)?```(cpp|json|cmake|sh)\n");
  int blocks = 0;
  for (std::sregex_iterator at(guide.begin(), guide.end(), fence), end; at != end; ++at) {
    const auto begin = static_cast<std::size_t>(at->position() + at->length());
    const std::string block = guide.substr(begin, guide.find("\n```", begin) - begin);
    if ((*at)[3] == "sh" && !(*at)[2].matched) continue;  // a command to type
    ASSERT_TRUE((*at)[2].matched) << "this block names no source:\n" << block;
    EXPECT_NE(read((*at)[2].str()).find(block), std::string::npos) << (*at)[2].str() << " does not contain:\n" << block;
    ++blocks;
  }
  EXPECT_EQ(blocks, 16);
}

}  // namespace
