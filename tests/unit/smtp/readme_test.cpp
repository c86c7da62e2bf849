// What the READMEs say of the configuration is what the plugins take.
#include <gtest/gtest.h>

#include "border_host.hpp"
#include "plugin_documents.hpp"

namespace messo::test {
namespace {

using nlohmann::json;

TEST(Readme, tells_every_setting_of_the_plugin_and_its_default) {
  for (const std::string plugin : {"smtp", "outbox"})
    expect_told(whole_file("plugins/" + plugin + "/README.md"), json::parse(BorderHost::table(plugin).config_schema_json), plugin);
}

TEST(Schema, marks_secrets_and_closes_every_object) {
  for (const std::string plugin : {"smtp", "outbox"}) expect_closed_and_sealed(json::parse(BorderHost::table(plugin).config_schema_json));
}

}  // namespace
}  // namespace messo::test
