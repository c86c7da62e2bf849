// The small parts messod is put together from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "app/apply_handler.hpp"
#include "app/embedded_providers.hpp"
#include "app/live_log.hpp"
#include "app/service_manager.hpp"
#include "dispatch/template_renderer.hpp"
#include "store/engines.hpp"
#include "template/template_source.hpp"

namespace messo {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(LiveLog, changes_level_and_format_while_it_runs) {
  std::ostringstream out;
  const ManualClock clock;
  LiveLog log(out, LogFormat::text, LogLevel::info, clock);
  log.debug("MSO-9999", "unseen");
  log.change(LogFormat::json, LogLevel::debug);
  log.debug("MSO-9998", "seen");
  EXPECT_THAT(out.str(), Not(HasSubstr("unseen")));
  EXPECT_THAT(out.str(), HasSubstr(R"("id":"MSO-9998")"));
}

TEST(ServiceManager, hears_what_is_told_on_its_socket) {
  std::string folder = "/tmp/messo-notify-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/notify";
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  notify_service_manager("READY=1");
  ::unsetenv("NOTIFY_SOCKET");
  std::string heard(64, '\0');
  heard.resize(static_cast<std::size_t>(::recv(socket, heard.data(), heard.size(), MSG_DONTWAIT)));
  EXPECT_EQ(heard, "READY=1");
  ::close(socket);
  std::filesystem::remove_all(folder);
  notify_service_manager("READY=1");  // without one it is silent
}

class Parts : public ::testing::Test {
 protected:
  ManualClock clock;
  std::unique_ptr<Store> store = make_memory_store(clock);
};

TEST_F(Parts, a_new_store_gets_test_mode_for_every_channel_once) {
  const auto directory = store->directory().snapshot();
  const auto change = embedded_providers(*directory, "/data/outbox", clock.now());
  ASSERT_TRUE(change);
  ASSERT_EQ(change->providers.size(), kChannels.size());
  const auto after = store->directory().apply(*change, directory->version, clock.now());
  ASSERT_TRUE(after) << after.error().message;
  for (const Channel channel : kChannels) {
    const auto* provider = (*after)->provider_by_key(embedded_outbox_key(channel));
    ASSERT_NE(provider, nullptr);
    EXPECT_EQ(provider->pool, to_string(channel));
    EXPECT_TRUE(is_embedded_outbox(*provider));
  }
  EXPECT_FALSE(embedded_providers(**after, "/data/outbox", clock.now())) << "an administrator's choice is not undone at the next start";
}

TEST_F(Parts, applying_commits_once_and_says_what_it_did) {
  const auto apply = make_apply_handler(
      store->directory(),
      [](const std::string&, Channel, const json& config) -> Result<CheckedProviderConfig> {
        return CheckedProviderConfig{config.dump(), Secret("{}")};
      },
      clock);
  const auto document = json::parse(R"({"organisation":[{"key":"c","name":"Comune"}]})");
  const auto planned = apply(document, true, "root");
  ASSERT_TRUE(planned);
  EXPECT_EQ((*planned)["changes"], json::array({"+ organisation c (Comune)"}));
  EXPECT_EQ(store->directory().snapshot()->organisation_by_key("c"), nullptr);
  ASSERT_TRUE(apply(document, false, "root"));
  EXPECT_NE(store->directory().snapshot()->organisation_by_key("c"), nullptr);
  EXPECT_EQ((*apply(document, false, "root"))["changes"], json::array());
  const auto audit = store->directory().audit(10);
  ASSERT_TRUE(audit);
  ASSERT_EQ(audit->size(), 1U);
  EXPECT_EQ(audit->front().actor, "root via messo apply");

  const auto wrong = apply(json::parse(R"({"organisation":[{"key":"C"}],"servce":[]})"), false, "root");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorKind::invalid);
  std::vector<std::string> fields;
  for (const auto& field : wrong.error().fields) fields.push_back(field.field);
  EXPECT_THAT(fields, ::testing::UnorderedElementsAre("/organisation/0/key", "/organisation/0/name", "/servce"));
}

TEST_F(Parts, a_delivery_is_rendered_from_its_pinned_version) {
  auto definition = load_template("templates/appuntamento-promemoria");
  ASSERT_TRUE(definition) << to_text(definition.error());
  auto version = to_version(*definition);
  version.id = TemplateVersionId::make(clock.now());
  version.organisation = OrganisationId::make(clock.now());
  version.created_at = clock.now();
  const auto draft = store->templates().put_draft(version);
  ASSERT_TRUE(draft);
  ASSERT_TRUE(store->templates().publish(version.organisation, version.key, draft->number, clock.now()));
  TemplateCache cache;
  TemplateRenderer renderer(store->templates(), cache);
  LeasedDelivery delivery;
  delivery.template_version = draft->id;
  delivery.language = "it";
  delivery.content.data_json = example_data(definition->variables).dump();
  const auto rendered = renderer.render(delivery);
  ASSERT_TRUE(rendered) << rendered.error().message;
  EXPECT_EQ(rendered->content_hash.size(), 32U);
  ASSERT_FALSE(rendered->parts.empty());
  EXPECT_EQ(rendered->parts[0].name, "subject");
  EXPECT_EQ(rendered->parts[0].content_type, "text/plain");
  EXPECT_EQ(rendered->content_hash, renderer.render(delivery)->content_hash);

  KeptRenderings kept(clock);
  TemplateRenderer sparing(store->templates(), cache, &kept);
  auto made = render_message(**compile_version(version), delivery.channel, delivery.language, delivery.content.data_json).value();
  kept.keep(delivery.delivery, made);
  EXPECT_EQ(sparing.render(delivery)->content_hash, rendered->content_hash) << "taken as it was kept";
  EXPECT_EQ(kept.bytes(), 0U);
  EXPECT_EQ(sparing.render(delivery)->content_hash, rendered->content_hash) << "rendered again";
  kept.keep(delivery.delivery, made);
  auto erased = delivery;
  erased.content.data_json.clear();
  EXPECT_EQ(sparing.render(erased).error().code, "data_corrupt") << "what was erased does not go out from memory";
  delivery.template_version = TemplateVersionId::make(clock.now());
  EXPECT_EQ(renderer.render(delivery).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace messo
