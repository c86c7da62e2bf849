// A town whose relay runs in a process of its own, below the daemon's.
#pragma once
#include <fstream>

#include "scenario/life/life_story.hpp"

namespace messo::test {

class IsolationStory : public LifeStory {
 protected:
  void begin_isolated(const std::string& on_doubt = "resend", std::vector<std::string> peer_flags = {}) {
    RelayOptions relay;
    relay.on_doubt = on_doubt;
    relay.extra = "isolation = \"process\"\nmemory_mb = 0\n";
    begin(std::move(peer_flags), relay);
    ASSERT_TRUE(wait_until([&] { return plugin_process() > 0; }));
  }
  // A daemon's child that runs plugins; 0: there is none.
  pid_t plugin_process() const {
    const auto all = plugin_processes();
    return all.empty() ? 0 : all.front();
  }
  std::vector<pid_t> plugin_processes() const {
    std::vector<pid_t> out;
    const auto tasks = std::filesystem::path("/proc") / std::to_string(daemon.pid()) / "task";
    std::error_code failed;
    for (const auto& task : std::filesystem::directory_iterator(tasks, failed)) {
      std::ifstream children(task.path() / "children");
      for (pid_t child = 0; children >> child;) {
        std::ifstream name("/proc/" + std::to_string(child) + "/comm");
        std::string text;
        std::getline(name, text);
        if (text.starts_with("messo-plugin")) out.push_back(child);
      }
    }
    return out;
  }
  bool balanced() const { return books().at("balanced").get<bool>(); }
};

}  // namespace messo::test
