#include "scenario/pec/pec_story.hpp"

namespace messo::test {

std::string PecStory::provider_entry(const std::string& key, const peers::PecAccount& account, const std::string& config,
                                     const std::string& mailbox, const std::string& settings) const {
  const auto quoted = [](const std::string& text) { return "\"" + text + "\"\n"; };
  const bool pop3 = mailbox.find("pop3") != std::string::npos;
  return "[[provider]]\nkey = " + quoted(key) + "plugin = \"pec\"\nchannel = \"pec\"\n" + settings +
         "\n[provider.retry]\nwaits = [\"1 s\"]\n[provider.config]\nfrom = " + quoted(account.address) +
         "host = " + quoted(provider->host()) + "port = " + std::to_string(provider->smtp_port()) +
         "\nca_file = " + quoted(provider->ca_file()) + "password = " + quoted(account.password) +
         "roots = " + quoted(provider->roots_file()) + "throttle_seconds = 1\n" + config +
         "\n[provider.config.mailbox]\nhost = " + quoted(provider->host()) +
         "port = " + std::to_string(pop3 ? provider->pop3_port() : provider->imap_port()) + "\npoll_seconds = 1\n" + mailbox + "\n";
}

void PecStory::begin(const std::string& config, const std::string& mailbox, std::vector<peers::PecAccount> others,
                     const std::string& settings) {
  peers::PecSimulatorOptions options;
  std::ranges::move(others, std::back_inserter(options.accounts));
  provider = std::make_unique<PecSimulator>(std::move(options));
  daemon.start();
  town = found_town(daemon, {});
  configure(config, mailbox, settings);
}

void PecStory::configure(const std::string& config, const std::string& mailbox, const std::string& settings) const {
  apply(provider_entry("pec", peers::PecSimulatorOptions().accounts.front(), config, mailbox, settings));
}

std::string PecStory::posted(const std::string& to) const {
  return accepted(notice_job(to.find('@') == std::string::npos ? to + kCitizens : to, "story"));
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

void PecStory::everything_is_read() const { ends("sentinella", "delivered"); }

}  // namespace messo::test
