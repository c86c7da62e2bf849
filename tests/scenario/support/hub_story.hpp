// What every story about a town does with its hub.
#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "scenario/support/town.hpp"

namespace messo::test {

class HubStory : public ::testing::Test {
 protected:
  using Json = nlohmann::json;

  // `settings`: as Daemon's.
  explicit HubStory(const std::string& settings = {}) : daemon(settings) {}

  // What `messo apply` says of that file (TOML).
  std::string apply(const std::string& toml) const {
    const auto file = daemon.folder() / "applied.toml";
    std::ofstream(file) << toml;
    return daemon.must({"apply", file.string(), "--yes"});
  }
  // Posts a job, which is accepted, and returns its id. `key`: empty: the town's.
  std::string accepted(const std::string& job, const std::string& key = {}) const {
    const auto answer = daemon.post("/v1/notifications", key.empty() ? town.key : key, job);
    EXPECT_EQ(answer.status, 202) << answer.body;
    return Json::parse(answer.body).at("id");
  }

  Json read(const std::string& id) const { return Json::parse(daemon.get("/v1/notifications/" + id, town.key).body); }
  bool becomes(const std::string& id, const std::string& status, Millis limit = Millis{30'000}) const {
    return wait_until([&] { return read(id).at("status") == status; }, limit);
  }
  Json delivery(const std::string& id) const { return read(id).at("steps").at(0).at("deliveries").at(0); }
  // The code of an attempt's outcome, "" while there is none.
  std::string reason(const std::string& id, std::size_t attempt = 0) const {
    const auto attempts = delivery(id).at("attempts");
    return attempt < attempts.size() ? attempts.at(attempt).value("reason", "") : "";
  }
  // Events of the timeline of that kind.
  std::vector<Json> events(const std::string& id, const std::string& kind) const {
    std::vector<Json> out;
    const auto view = read(id);
    for (const auto& event : view.at("timeline")) {
      if (event.at("kind") == kind) out.push_back(event);
    }
    return out;
  }
  // Codes of the receipts and milestones of the timeline, in order: {"pec.accepted", "pec.delivered"}.
  std::vector<std::string> told(const std::string& id) const {
    std::vector<std::string> out;
    const auto view = read(id);
    for (const auto& event : view.at("timeline")) {
      if (event.at("kind") == "receipt" || event.at("kind") == "milestone") out.push_back(event.at("details").value("code", ""));
    }
    return out;
  }
  // Receipts as an administrator sees them, of all messages, and those that match none.
  std::vector<Json> receipts() const { return admin("/v1/admin/receipts?limit=200").at("items").get<std::vector<Json>>(); }
  std::vector<Json> unmatched() const { return admin("/v1/admin/receipts?unmatched=true&limit=200").at("items").get<std::vector<Json>>(); }
  // Waits until the hub has as many receipts as that.
  bool has_receipts(std::size_t count, Millis limit = Millis{30'000}) const {
    return wait_until([&] { return receipts().size() >= count; }, limit);
  }
  Json admin(const std::string& path) const { return Json::parse(daemon.admin("GET", path).body); }
  Json books() const { return admin("/v1/admin/books"); }

  // The proof of a notification, written to a file. `unpacked`: the folder that such a file is unpacked to.
  std::string proof_of(const std::string& id) const {
    const auto file = (daemon.folder() / (id + ".zip")).string();
    daemon.must({"evidence", id, "--output", file});
    return file;
  }
  static std::filesystem::path unpacked(const std::string& proof) {
    const std::filesystem::path folder = proof + ".unpacked";
    EXPECT_EQ(run({"unzip", "-q", proof, "-d", folder.string()}).status, 0);
    return folder;
  }
  static std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  Daemon daemon;
  Town town;
};

}  // namespace messo::test
