// `messo sms measure`: no daemon, the same numbers as the hub.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <sstream>

#include "app/cli/commands.hpp"
#include "app/cli/sms_view.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class SmsMeasure : public ::testing::Test {
 protected:
  int run(std::vector<std::string> arguments) {
    out.str("");
    err.str("");
    Session session(out, err);
    std::vector<const char*> words{"messo", "sms", "measure"};
    for (const auto& argument : arguments) words.push_back(argument.c_str());
    return run_messo(static_cast<int>(words.size()), words.data(), session);
  }
  json answer() const { return json::parse(out.str()); }
  std::ostringstream out, err;
};

TEST_F(SmsMeasure, answers_programs) {
  ASSERT_EQ(run({"È pronta – vale €5", "--json"}), kOk) << err.str();
  EXPECT_EQ(answer(), (json{{"encoding", "gsm7"},
                            {"segments", 1},
                            {"units", 20},
                            {"forced_by", json::array()},
                            {"changed", {{{"from", "È"}, {"to", "E'"}, {"count", 1}}, {{"from", "–"}, {"to", "-"}, {"count", 1}}}},
                            {"text", "E' pronta - vale €5"}}));
  ASSERT_EQ(run({"È pronta – vale €5", "--policy", "unicode", "--json"}), kOk);
  EXPECT_EQ(answer()["encoding"], "ucs2");
  EXPECT_EQ(answer()["units"], 18);
  EXPECT_EQ(answer()["forced_by"], (json{"È", "–"}));
  EXPECT_EQ(answer()["text"], "È pronta – vale €5");
}

TEST_F(SmsMeasure, answers_people) {
  ASSERT_EQ(run({"È già… È"}), kOk);
  EXPECT_EQ(out.str(),
            "Encoding:   gsm7\nSegments:   1\nUnits:      12 (160 in one message, 153 in each of several)\n"
            "Changed:    È -> E' (2 times), … -> ...\nText:       E' già... E'\n");
  ASSERT_EQ(run({"ciao\u200B😀", "--policy", "unicode"}), kOk);
  EXPECT_THAT(out.str(), HasSubstr("Units:      7 (70 in one message, 67 in each of several)\nForced by:  UTF-8 E2808B 😀\n"));
}

TEST_F(SmsMeasure, a_text_outside_gsm_only_is_measured_and_refused) {
  EXPECT_EQ(run({"È già", "--policy", "gsm-only", "--json"}), kFailure);
  EXPECT_EQ(answer()["encoding"], "ucs2");
  EXPECT_EQ(answer()["forced_by"], (json{"È"}));
  EXPECT_EQ(err.str(), "messo: the SMS has characters outside the GSM alphabet (È), which the policy \"gsm-only\" does not allow\n");
  EXPECT_EQ(run({"è già", "--policy", "gsm-only", "--json"}), kOk);
}

TEST_F(SmsMeasure, more_segments_than_can_be_counted_are_refused) {
  EXPECT_EQ(run({std::string(153 * 255, 'x'), "--json"}), kOk);
  EXPECT_EQ(run({std::string(153 * 255 + 1, 'x'), "--json"}), kFailure);
  EXPECT_EQ(answer()["segments"], 256);
  EXPECT_THAT(err.str(), HasSubstr("takes 256 segments (gsm7, 39016 units), more than the 255 allowed"));
}

TEST_F(SmsMeasure, reads_standard_input_without_its_last_line_break) {
  std::istringstream in("prima\nseconda\n");
  auto* const before = std::cin.rdbuf(in.rdbuf());
  EXPECT_EQ(run({"-", "--json"}), kOk);
  std::cin.rdbuf(before);
  EXPECT_EQ(answer()["units"], 13);
  EXPECT_EQ(answer()["text"], "prima\nseconda");
}

TEST_F(SmsMeasure, takes_bytes_that_are_no_text) {
  EXPECT_EQ(run({"a\xff", "--json"}), kOk);
  EXPECT_EQ(answer()["text"], "a\uFFFD");
  EXPECT_EQ(run({"", "--json"}), kOk);
  EXPECT_EQ(answer()["segments"], 1);
  EXPECT_EQ(run({"a", "--policy", "ascii"}), kUsage);
}

}  // namespace
}  // namespace messo::cli
