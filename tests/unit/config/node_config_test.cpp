#include "config/node_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/units.hpp"

namespace messo {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct BadFile {
  const char* toml;
  std::vector<std::string> lines;  // what is said, line by line, each from its beginning
};

// Every way to get a node's file wrong: file, line, key and remedy are named.
TEST(NodeConfig, says_what_is_wrong_and_where) {
  const BadFile rows[] = {
      {"[store]\ncahce = \"1 MiB\"", {"m.toml:2: store.cahce: there is no such key; did you mean \"cache\"?"}},
      {"[sotre]\n", {"m.toml:1: sotre: there is no such key; did you mean \"store\"?"}},
      {"zzz = 1\n",
       {"m.toml:1: zzz: there is no such key; known here: node, folders, listen, http, store, dispatch, doubt, receipts, log"}},
      {"[http]\n\nconnections = \"many\"", {"m.toml:3: http.connections: is a text, wanted: a whole number from 8 to 20000"}},
      {"[http]\nconnections = 3", {"m.toml:2: http.connections: is 3, wanted: a whole number from 8 to 20000"}},
      {"[http]\nconnections = 99.5", {"m.toml:2: http.connections: is a number with a decimal point"}},
      {"[node]\ndrain = \"20 seconds\"", {"m.toml:2: node.drain: \"20 seconds\" is not a duration from 100 ms to 10 min, like \"30 s\""}},
      {"[node]\ndrain = 20", {"m.toml:2: node.drain: is a whole number, wanted: a duration"}},
      {"[node]\nname = 2026-11-22", {"m.toml:2: node.name: is a date or time, wanted: a text"}},
      {"[store]\ncache = \"12 MB\"", {"m.toml:2: store.cache: \"12 MB\" is not a size from 1 MiB to 64 GiB"}},
      {"[store]\nmaster_key = \"c2VjcmV0\"",
       {"m.toml:2: store.master_key: must be \"file:PATH\" or \"env:NAME\", never the secret itself"}},
      {"[store]\nseal_content = 1", {"m.toml:2: store.seal_content: is a whole number, wanted: true or false"}},
      {"[store.retention]\ncontent = \"36 h\"", {"m.toml:2: store.retention.content: must be whole days"}},
      {"[log]\nlevel = \"verbose\"", {"m.toml:2: log.level: \"verbose\" is none of \"debug\", \"info\", \"warning\", \"error\""}},
      {"store = 3", {"m.toml:1: store: is a whole number, wanted: a table"}},
      {"[listen]\npublic = \"8780\"", {"m.toml:2: listen.public: is not \"host:port\""}},
      {"[listen]\nadmin = \"localhost:99999\"", {"m.toml:2: listen.admin: is not \"host:port\""}},
      {"[listen.tls]\ncertificate = \"a.pem\"", {"m.toml:1: listen.tls: certificate and key belong together"}},
      {"[http]\nconnections = 8", {"m.toml"}},  // the default per address is above it
      {"[#log]\nlevel = \"info\"", {"m.toml:1: this is not TOML: "}},
      {"[log]\nlevel = ", {"m.toml:2: this is not TOML: "}},
      {"[log]\nlevel = \"info\"\nlevel = \"info\"", {"m.toml:3: this is not TOML: "}},
      // All of it at once, in file order.
      {"[store]\nfil = \"x\"\n[log]\nformat = \"xml\"\n[node]\nname = 7",
       {"m.toml:2: store.fil: there is no such key; did you mean \"file\"?", "m.toml:4: log.format: \"xml\" is none of",
        "m.toml:6: node.name: is a whole number"}},
  };
  for (const auto& row : rows) {
    const auto config = parse_node_config(row.toml, "m.toml", "/etc/messo");
    ASSERT_FALSE(config) << row.toml;
    std::vector<std::string> said;
    std::string text = to_text(config.error()) + '\n';
    for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) said.push_back(text.substr(0, end));
    ASSERT_EQ(said.size(), row.lines.size()) << row.toml << '\n' << to_text(config.error());
    for (std::size_t i = 0; i < said.size(); ++i) EXPECT_THAT(said[i], StartsWith(row.lines[i])) << row.toml;
  }
}

TEST(NodeConfig, a_secret_written_into_the_file_is_never_repeated) {
  const auto config = parse_node_config("[store]\nmaster_key = \"hunter2hunter2\"", "m.toml", "/");
  ASSERT_FALSE(config);
  EXPECT_THAT(to_text(config.error()), testing::Not(HasSubstr("hunter2")));
}

TEST(NodeConfig, works_without_a_file) {
  const auto config = default_node_config("/var/lib/messo");
  EXPECT_EQ(config.listen.public_address, "127.0.0.1:8780");
  EXPECT_EQ(config.listen.admin_address, "127.0.0.1:8781");
  EXPECT_EQ(config.listen.socket, "/var/lib/messo/messo.sock");
  EXPECT_EQ(config.store.file, "/var/lib/messo/messo.db");
  EXPECT_EQ(config.store.master_key, "file:/var/lib/messo/master.key");
  EXPECT_EQ(config.store.keep_content, std::chrono::days{90});
  EXPECT_EQ(config.store.keep_legal, std::chrono::days{3653});
  EXPECT_FALSE(config.name.empty());
  EXPECT_EQ(default_node_config("").folders.data, std::filesystem::current_path() / "messo-data");
}

TEST(NodeConfig, takes_relative_paths_from_where_they_belong) {
  const auto config = parse_node_config(
      "[folders]\ndata = \"data\"\nplugins = \"p\"\n[store]\nfile = \"db/m.db\"\nmaster_key = \"file:/k\"\n[listen]\nsocket = "
      "\"s\"\n[listen.tls]\ncertificate = \"c\"\nkey=\"k\"",
      "m.toml", "/etc/messo");
  ASSERT_TRUE(config) << to_text(config.error());
  EXPECT_EQ(config->folders.data, "/etc/messo/data");
  EXPECT_EQ(config->folders.plugins, "/etc/messo/p");
  EXPECT_EQ(config->store.file, "/etc/messo/data/db/m.db");
  EXPECT_EQ(config->store.master_key, "file:/k");
  EXPECT_EQ(config->listen.socket, "/etc/messo/data/s");
  EXPECT_EQ(config->listen.tls_certificate, "/etc/messo/c");
}

TEST(NodeConfig, printed_form_loads_again_as_the_same) {
  auto config = parse_node_config(
      "[node]\nname=\"n1\"\ndrain=\"1500 ms\"\n[log]\nformat=\"json\"\nlevel=\"debug\"\n[store.retention]\ncontent=\"30 d\"", "m.toml",
      "/srv");
  ASSERT_TRUE(config);
  const auto again = parse_node_config(print_node_config(*config), "printed", "/elsewhere");
  ASSERT_TRUE(again) << to_text(again.error());
  const auto difference = compare(*config, *again);
  EXPECT_THAT(difference.live, ElementsAre());
  EXPECT_THAT(difference.restart, ElementsAre());
}

TEST(NodeConfig, bounds_of_receipts_can_be_set) {
  const auto config = parse_node_config(
      "[receipts.poll]\nevery=\"5 min\"\ndeadline=\"2 min\"\nlongest_wait=\"1 h\"\nquarantine_after=5\n"
      "[receipts.calls]\nmax_body=\"1 MiB\"\nper_second=50\nper_address=7\ndeadline=\"3 s\"",
      "m.toml", "/srv");
  ASSERT_TRUE(config) << to_text(config.error());
  EXPECT_EQ(config->polls.every, std::chrono::minutes(5));
  EXPECT_EQ(config->polls.deadline, std::chrono::minutes(2));
  EXPECT_EQ(config->polls.longest_wait, std::chrono::hours(1));
  EXPECT_EQ(config->polls.quarantine_after, 5U);
  EXPECT_EQ(config->calls.max_body, 1U << 20);
  EXPECT_EQ(config->calls.per_second, 50U);
  EXPECT_EQ(config->calls.per_address, 7U);
  EXPECT_EQ(config->calls.deadline, std::chrono::seconds(3));
  EXPECT_TRUE(parse_node_config(print_node_config(*config), "printed", "/srv"));
}

TEST(NodeConfig, a_reload_tells_what_needs_a_restart) {
  const auto before = parse_node_config("", "m.toml", "/srv");
  const auto after =
      parse_node_config("[log]\nlevel=\"debug\"\n[store.retention]\nledger=\"10 d\"\n[listen]\npublic=\"0.0.0.0:80\"", "m.toml", "/srv");
  const auto difference = compare(*before, *after);
  EXPECT_THAT(difference.live, ElementsAre("store.retention.ledger", "log.level"));
  EXPECT_THAT(difference.restart, ElementsAre("listen.public"));
}

TEST(NodeConfig, admission_limits_need_no_restart) {
  const auto before = parse_node_config("", "m.toml", "/srv");
  const auto after = parse_node_config("[store.admission]\nmax_open=10\nmin_free=\"1 GiB\"\nmax_waiting=\"1 MiB\"", "m.toml", "/srv");
  const auto difference = compare(*before, *after);
  EXPECT_THAT(difference.live, ElementsAre("store.admission.max_open", "store.admission.min_free", "store.admission.max_waiting"));
  EXPECT_THAT(difference.restart, ElementsAre());
}

TEST(NodeConfig, a_public_url_is_one_that_links_can_begin_with) {
  for (const char* good : {"https://messo.comune.example.it", "http://[::1]:8780", "https://www.example.it/messo"}) {
    const auto config = parse_node_config("[listen]\npublic_url=\"" + std::string(good) + "\"", "m.toml", "/srv");
    ASSERT_TRUE(config) << to_text(config.error());
    EXPECT_EQ(config->listen.public_url, good);
  }
  for (const char* bad : {"messo.example.it", "ftp://a", "https://", "https://a/", "https://a b", "https://a?x=1", "https://a#x",
                          "https:///a", "https://:80", "https://a:", "https://\\\"a"}) {
    const auto config = parse_node_config("[listen]\npublic_url=\"" + std::string(bad) + "\"", "m.toml", "/srv");
    ASSERT_FALSE(config) << bad;
    EXPECT_THAT(to_text(config.error()), HasSubstr("listen.public_url: is not like"));
  }
  EXPECT_FALSE(parse_node_config("[listen]\npublic_uri=\"https://a\"", "m.toml", "/srv"));
  EXPECT_FALSE(parse_node_config("[log]\naccess_log=\"yes\"", "m.toml", "/srv"));
  EXPECT_TRUE(parse_node_config("[log]\naccess_log=true", "m.toml", "/srv")->access_log);
}

TEST(Units, read_what_people_write_and_refuse_the_rest) {
  EXPECT_EQ(parse_duration("30s"), Millis{30'000});
  EXPECT_EQ(parse_duration("90 d"), Millis{7'776'000'000});
  EXPECT_EQ(parse_duration("0"), Millis{0});
  for (const char* bad : {"", "30", "s", "-1 s", "1.5 s", "1  s", "1 s ", "1 m", "99999999999999999999 s", "9223372036854775807 d"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
  EXPECT_EQ(parse_size("64 MiB"), 64ULL << 20);
  EXPECT_EQ(parse_size("4096"), 4096ULL);
  for (const char* bad : {"", "MiB", "1 MB", "1 mib", "-1", "9999999999 TiB"}) EXPECT_FALSE(parse_size(bad)) << bad;
  EXPECT_EQ(to_duration_text(Millis{1'500}), "1500 ms");
  EXPECT_EQ(to_duration_text(std::chrono::days{90}), "90 d");
  EXPECT_EQ(to_size_text(32ULL << 20), "32 MiB");
  EXPECT_EQ(to_size_text(1), "1 B");
}

TEST(NearestWord, finds_slips_of_the_pen_and_nothing_far_off) {
  constexpr std::string_view kWords[] = {"master_key", "file", "cache"};
  EXPECT_EQ(nearest_word("flie", kWords), "file");
  EXPECT_EQ(nearest_word("masterkey", kWords), "master_key");
  EXPECT_EQ(nearest_word("passphrase", kWords), "");
  EXPECT_EQ(nearest_word(std::string(10'000, 'x'), kWords), "");
}

}  // namespace
}  // namespace messo
