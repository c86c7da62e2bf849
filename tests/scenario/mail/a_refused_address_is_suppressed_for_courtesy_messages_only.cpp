#include <fstream>

#include "base/hash.hpp"
#include "scenario/mail/mail_story.hpp"

namespace messo::test {
namespace {

constexpr auto kGone = "nessuno@example.it";
constexpr auto kProvinceKey = "messo_live_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

class SuppressionStory : public MailStory {
 protected:
  // Only certified mail carries a legal notice; here test mode takes it, for there is no provider of that channel.
  void add_legal_template() {
    publish_template(daemon, "avviso-legale",
                     {{"template.toml",
                       "key = \"avviso-legale\"\ntitle = \"Avviso\"\nclass = \"legal\"\nlanguage = \"it\"\n"
                       "[[plan]]\nchannel = \"pec\"\n"},
                      {"it/pec.subject.mustache", "Avviso\n"},
                      {"it/pec.text.mustache", "Avviso\n"}});
  }
  std::string post_legal(const std::string& pec) {
    const nlohmann::json job = {{"template", "avviso-legale"}, {"recipient", {{"language", "it"}, {"pec", pec}}}};
    return accepted(job.dump());
  }
  void add_province() {
    apply(
        "[[organisation]]\nkey = \"provincia\"\nname = \"Provincia\"\n"
        "[[service]]\norganisation = \"provincia\"\nkey = \"strade\"\nname = \"Strade\"\n"
        "[service.senders.email]\naddress = \"strade@provincia.example.it\"\nname = \"Provincia\"\n"
        "[[key]]\nservice = \"provincia/strade\"\nname = \"prova\"\nscopes = [\"send\", \"read\"]\nsecret_sha256 = \"" +
        to_hex(as_text(sha256(kProvinceKey))) + "\"\n");
    daemon.must({"template", "import", (source_folder() / "templates").string(), "--organisation", "provincia", "--publish"});
  }
  nlohmann::json suppressions() const { return nlohmann::json::parse(daemon.get("/v1/suppressions", town.key).body).at("items"); }
};

TEST_F(SuppressionStory, a_refused_address_is_suppressed_for_courtesy_messages_only) {
  begin({"--fail", "rcpt[nessuno]=reply:550 5.1.1 no such user*1"});
  add_legal_template();
  add_province();
  const auto first = post(kGone);
  wait_for(first, "refused");
  const auto made = suppressions();
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].at("address"), kGone);
  EXPECT_EQ(made[0].at("source"), "refused");
  EXPECT_EQ(made[0].at("reason"), "smtp.550-5.1.1");
  EXPECT_EQ(made[0].at("notification"), first);

  // From here on the server would take it.
  const auto second = wait_for(post(kGone), "suppressed");
  EXPECT_TRUE(attempts(second).empty());
  EXPECT_EQ(second.at("timeline").back().at("kind"), "closed");
  EXPECT_EQ(second.at("timeline").back().at("details").at("code"), "address_suppressed");
  EXPECT_EQ(second.at("timeline").back().at("details").at("text"), "Not sent: the mail server refused this address for good.");
  wait_for(post("maria@example.it"), "sent");
  daemon.must({"suppressions", "add", kGone, "--channel", "pec", "--reason", "prova", "--organisation", "comune"});
  wait_for(post_legal(kGone), "simulated");
  const auto their_id = accepted(reminder_job(kGone, "story"), kProvinceKey);
  EXPECT_TRUE(wait_until(
      [&] { return nlohmann::json::parse(daemon.get("/v1/notifications/" + their_id, kProvinceKey).body).at("status") == "sent"; }));
  EXPECT_EQ(peer->counts().messages, 2);

  daemon.kill9();
  daemon.start();
  wait_for(post(kGone), "suppressed");
  EXPECT_NE(daemon.must({"suppressions", "list", "--organisation", "comune"}).find(kGone), std::string::npos);
  daemon.must({"suppressions", "remove", kGone, "--organisation", "comune"});
  wait_for(post(kGone), "sent");
  EXPECT_EQ(suppressions().size(), 1U) << "the one of the PEC address stays";

  EXPECT_NE(daemon.must({"suppressions", "add", kGone, "--reason", "chiesto allo sportello", "--organisation", "comune"}).find("Excluded"),
            std::string::npos);
  const auto last = wait_for(post(kGone), "suppressed");
  EXPECT_EQ(last.at("timeline").back().at("details").at("source"), "person");
  EXPECT_EQ(peer->counts().messages, 3);
}

}  // namespace
}  // namespace messo::test
