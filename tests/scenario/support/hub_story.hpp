// What every story about a town reads of its hub.
#pragma once
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "scenario/support/town.hpp"

namespace messo::test {

class HubStory : public ::testing::Test {
 protected:
  using Json = nlohmann::json;

  Json read(const std::string& id) const { return Json::parse(daemon.get("/v1/notifications/" + id, town.key).body); }
  bool becomes(const std::string& id, const std::string& status, Millis limit = Millis{20'000}) const {
    return wait_until([&] { return read(id).at("status") == status; }, limit);
  }
  Json delivery(const std::string& id) const { return read(id).at("steps").at(0).at("deliveries").at(0); }
  // Events of the timeline of that kind.
  std::vector<Json> events(const std::string& id, const std::string& kind) const {
    std::vector<Json> out;
    const auto view = read(id);
    for (const auto& event : view.at("timeline")) {
      if (event.at("kind") == kind) out.push_back(event);
    }
    return out;
  }
  Json admin(const std::string& path) const { return Json::parse(daemon.admin("GET", path).body); }

  Daemon daemon;
  Town town;
};

}  // namespace messo::test
