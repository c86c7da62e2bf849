// Every log line's id is explained to operators.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace messo {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::set<std::string> ids_in(const std::string& text, const std::regex& pattern) {
  std::set<std::string> out;
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) out.insert((*at)[1]);
  return out;
}

std::set<std::string> ids_of_the_source() {
  std::set<std::string> out;
  for (const char* folder : {"core", "plugins"}) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.path().extension() == ".cpp") out.merge(ids_in(read(entry.path()), std::regex("\"(MSO-[0-9]{4})\"")));
    }
  }
  return out;
}

TEST(LogMessagesPage, explains_every_id_and_no_other) {
  const auto used = ids_of_the_source();
  const auto explained = ids_in(read("docs/operators/log-messages.md"), std::regex("\\| `(MSO-[0-9]{4})` \\|"));
  ASSERT_GT(used.size(), 20U);
  for (const auto& id : used) EXPECT_TRUE(explained.contains(id)) << id << " is missing in docs/operators/log-messages.md";
  for (const auto& id : explained) EXPECT_TRUE(used.contains(id)) << id << " is explained but nothing writes it";
}

}  // namespace
}  // namespace messo
