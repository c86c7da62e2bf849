// A town that sends legal notices through the scripted provider of channel pec, whose receipts come in a mailbox.
#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "scenario/support/town.hpp"

namespace messo::test {

class EvidenceStory : public ::testing::Test {
 protected:
  using Json = nlohmann::json;

  explicit EvidenceStory(const std::string& settings = {}) : daemon(settings) {}

  // `script`: the rules of flaky's configuration (TOML); `settings`: further lines of the provider.
  void begin(const std::string& script, const std::string& settings = {}) {
    daemon.start();
    town = found_town(daemon, {});
    const auto folder = daemon.folder() / "atto";
    std::filesystem::create_directories(folder / "it");
    std::ofstream(folder / "template.toml") << "key = \"atto\"\ntitle = \"Atto\"\nclass = \"legal\"\nlanguage = \"it\"\n"
                                            << "[[plan]]\nchannel = \"pec\"\nsuccess = \"delivered\"\n";
    std::ofstream(folder / "it" / "pec.subject.mustache") << "Notifica di un atto\n";
    std::ofstream(folder / "it" / "pec.text.mustache") << "Si notifica l'atto allegato.\n";
    daemon.must({"template", "import", folder.string(), "--organisation", "comune", "--publish"});
    const auto file = daemon.folder() / "provider.toml";
    std::ofstream(file) << "[[provider]]\nkey = \"gestore\"\nplugin = \"flaky\"\nchannel = \"pec\"\non_doubt = \"hold\"\n"
                        << settings << "\n[provider.config]\ncredits = 1000\nledger = \"" << ledger().string() << "\"\n"
                        << "mailboxes = [{ name = \"INBOX\", file = \"" << inbox().string() << "\", every_ms = 100 }]\n"
                        << script << "\n";
    daemon.must({"apply", file.string(), "--yes"});
  }
  std::filesystem::path inbox() const { return daemon.folder() / "inbox"; }
  std::filesystem::path ledger() const { return daemon.folder() / "ledger"; }

  std::string posted(const std::string& pec = "maria@pec.example.it") {
    const Json job{{"template", "atto"}, {"recipient", {{"language", "it"}, {"pec", pec}}}, {"data", Json::object()}};
    const auto answer = daemon.post("/v1/notifications", town.key, job.dump());
    EXPECT_EQ(answer.status, 202) << answer.body;
    return Json::parse(answer.body).at("id");
  }
  Json read(const std::string& id) const { return Json::parse(daemon.get("/v1/notifications/" + id, town.key).body); }
  bool becomes(const std::string& id, const std::string& status, Millis limit = Millis{20'000}) const {
    return wait_until([&] { return read(id).at("status") == status; }, limit);
  }
  Json delivery(const std::string& id) const { return read(id).at("steps").at(0).at("deliveries").at(0); }
  // The attempt in hand: what the provider's receipts name. Empty before there is one.
  std::string attempt(const std::string& id) const {
    const auto attempts = delivery(id).at("attempts");
    return attempts.empty() ? std::string() : attempts.back().at("id").get<std::string>();
  }
  void arrives(const Json& line) const { std::ofstream(inbox(), std::ios::app) << line.dump() + "\n"; }
  // Blobs of organisations that hold a message as it was sent.
  std::size_t kept() const {
    std::size_t found = 0;
    std::error_code error;
    for (auto at = std::filesystem::recursive_directory_iterator(daemon.data() / "blobs", error);
         !error && at != std::filesystem::recursive_directory_iterator(); at.increment(error)) {
      if (!at->is_regular_file()) continue;
      std::string start(12, '\0');
      std::ifstream(at->path()).read(start.data(), 12);
      found += start == "Message-ID: " ? 1U : 0U;
    }
    return found;
  }
  bool timeline_has(const std::string& id, const std::string& text) const {
    return read(id).at("timeline").dump().find(text) != std::string::npos;
  }
  Json health() const { return Json::parse(daemon.get("/status", town.key).body); }

  Daemon daemon;
  Town town;
};

}  // namespace messo::test
