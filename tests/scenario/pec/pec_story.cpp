#include "scenario/pec/pec_story.hpp"

#include <fstream>

namespace messo::test {

std::string PecStory::provider_entry(const PecSimulator& at, const std::string& key, const peers::PecAccount& account,
                                     const std::string& config, const std::string& mailbox, const std::string& extra) const {
  const auto quoted = [](const std::string& text) { return "\"" + text + "\"\n"; };
  const bool pop3 = mailbox.find("pop3") != std::string::npos;
  return "[[provider]]\nkey = " + quoted(key) + "plugin = \"pec\"\nchannel = \"pec\"\n" + extra +
         "\n[provider.retry]\nwaits = [\"1 s\"]\n[provider.config]\nfrom = " + quoted(account.address) + "host = " + quoted(at.host()) +
         "port = " + std::to_string(at.smtp_port()) + "\nca_file = " + quoted(at.ca_file()) + "password = " + quoted(account.password) +
         "roots = " + quoted(at.roots_file()) + "throttle_seconds = 1\n" + config +
         "\n[provider.config.mailbox]\nhost = " + quoted(at.host()) + "port = " + std::to_string(pop3 ? at.pop3_port() : at.imap_port()) +
         "\npoll_seconds = 1\n" + mailbox + "\n";
}

void PecStory::begin(const std::string& config, const std::string& mailbox, std::vector<peers::PecAccount> others,
                     const std::string& settings) {
  const peers::PecAccount ours{.address = kMailbox, .password = "segreta-prova"};
  peers::PecSimulatorOptions options;
  options.accounts = std::move(others);
  options.accounts.insert(options.accounts.begin(), ours);
  provider = std::make_unique<PecSimulator>(std::move(options));
  daemon.start();
  town = found_town(daemon, {});
  const auto file = daemon.folder() / "pec.toml";
  std::ofstream(file) << provider_entry(*provider, "pec", ours, config, mailbox, settings);
  daemon.must({"apply", file.string(), "--yes"});
}

std::string PecStory::posted(const std::string& to) const {
  const auto answer =
      daemon.post("/v1/notifications", town.key, notice_job(to.find('@') == std::string::npos ? to + kCitizens : to, "story"));
  EXPECT_EQ(answer.status, 202) << answer.body;
  return Json::parse(answer.body).at("id");
}

std::string PecStory::ends(const std::string& to, const std::string& status, Millis limit) const {
  const auto id = posted(to);
  EXPECT_TRUE(becomes(id, status, limit)) << read(id).dump(1) << daemon.log();
  return id;
}

bool PecStory::has_milestone(const std::string& id, const std::string& milestone) const {
  const auto all = delivery(id).at("milestones");
  return std::ranges::find(all, Json(milestone)) != all.end();
}

bool PecStory::reaches(const std::string& id, const std::string& milestone, Millis limit) const {
  return wait_until([&] { return has_milestone(id, milestone); }, limit);
}

std::vector<std::string> PecStory::told(const std::string& id) const {
  std::vector<std::string> out;
  const auto view = read(id);
  for (const auto& event : view.at("timeline")) {
    if (event.at("kind") == "receipt" || event.at("kind") == "milestone") out.push_back(event.at("details").value("code", ""));
  }
  return out;
}

std::vector<PecStory::Json> PecStory::receipts() const {
  const auto page = admin("/v1/admin/receipts?limit=200");
  return page.at("items").get<std::vector<Json>>();
}

bool PecStory::has_receipts(std::size_t count, Millis limit) const {
  return wait_until([&] { return receipts().size() >= count; }, limit);
}

void PecStory::everything_is_read() const { ends("sentinella", "delivered"); }

}  // namespace messo::test
