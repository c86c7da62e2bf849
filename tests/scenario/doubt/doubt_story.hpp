// A town whose mail server breaks at the worst moment, and an operator who has to decide.
#pragma once
#include "scenario/mail/mail_story.hpp"

namespace messo::test {

class DoubtStory : public MailStory {
 protected:
  // The doubts as `messo doubt list --json` gives them.
  nlohmann::json doubts() const { return nlohmann::json::parse(daemon.must({"doubt", "list", "--limit", "100000", "--json"})).at("items"); }
  // Posts one that ends in doubt; returns its notification.
  std::string post_into_doubt(const std::string& email = "maria@example.it") {
    const auto id = post(email);
    wait_for(id, "in_doubt");
    return id;
  }
  std::vector<std::string> timeline(const std::string& id) const {
    std::vector<std::string> out;
    const auto whole = read(id);
    for (const auto& event : whole.at("timeline")) out.push_back(event.at("kind"));
    return out;
  }
  nlohmann::json status() const { return nlohmann::json::parse(daemon.get("/status", "").body); }
};

}  // namespace messo::test
