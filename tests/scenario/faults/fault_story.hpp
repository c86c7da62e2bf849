// A town whose machine, disk or provider fails, and what is left afterwards.
#pragma once
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "scenario/life/life_story.hpp"

namespace messo::test {

// A small disk of its own in memory, mounted while this object lives. Needs root.
class SmallDisk {
 public:
  // `options` as in mount(8), "size=64m". `problem` says why there is none.
  SmallDisk(std::filesystem::path at, const std::string& options) : at_(std::move(at)) {
    std::filesystem::create_directories(at_);
    if (::mount("messo-test", at_.c_str(), "tmpfs", 0, options.c_str()) == 0) return;
    problem_ = std::string("a small disk cannot be mounted here (") + std::strerror(errno) + "): run the tests as root";
  }
  ~SmallDisk() {
    if (problem_.empty()) ::umount2(at_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  const std::string& problem() const { return problem_; }

  std::uint64_t bytes_free() const { return std::filesystem::space(at_).available; }
  // Leaves `bytes` free; 0: not one.
  void fill_up_to(std::uint64_t bytes) {
    std::ofstream ballast(ballast_file(), std::ios::binary | std::ios::app);
    const std::string page(bytes == 0 ? 4096 : 65536, 'x');
    while (ballast && bytes_free() > bytes) ballast.write(page.data(), static_cast<std::streamsize>(page.size())).flush();
  }
  void make_room() { std::filesystem::remove(ballast_file()); }
  bool read_only(bool yes) {
    const unsigned long flags = yes ? MS_REMOUNT | MS_RDONLY : MS_REMOUNT;
    return ::mount("messo-test", at_.c_str(), nullptr, flags, nullptr) == 0;
  }

 private:
  std::filesystem::path ballast_file() const { return at_ / "ballast"; }
  std::filesystem::path at_;
  std::string problem_;
};

class FaultStory : public LifeStory {
 protected:
  // Adds sections to messo.toml; before begin().
  void settings(const std::string& toml) { std::ofstream(daemon.config_file(), std::ios::app) << toml << "\n"; }
  HttpAnswer try_to_post(const std::string& email = "maria@example.it") {
    return daemon.post("/v1/notifications", town.key, job(email).dump());
  }
  // Posts until it is accepted again; its id, "" when it is not within the limit.
  std::string post_when_possible(const std::string& email = "dopo@example.it") {
    HttpAnswer answer;
    return wait_until([&] { return (answer = try_to_post(email)).status == 202; })
               ? nlohmann::json::parse(answer.body).at("id").get<std::string>()
               : std::string();
  }
  // Until nothing is open: everything accepted was sent, and came exactly once.
  void expect_each_arrived_once(Millis limit = Millis{60'000}) {
    ASSERT_TRUE(wait_until([&] { return books().at("open") == 0; }, limit)) << books().dump();
    EXPECT_EQ(books().at("closed").at("sent"), books().at("accepted")) << books().dump();
    EXPECT_EQ(peer->counts().unique, books().at("accepted").get<std::uint64_t>());
    EXPECT_EQ(peer->counts().repeated, 0);
  }
  // A start that is expected to fail: its exit status and what it wrote.
  RunResult failing_start() const { return failing_start(daemon.config_file()); }
  static RunResult failing_start(const std::filesystem::path& config) {
    return run({(build_folder() / "bin/messod").string(), "--config", config.string()}, {}, Millis{20'000});
  }
  static bool says_try_later(const HttpAnswer& answer) { return answer.status == 503 && answer.headers.contains("retry-after"); }
};

}  // namespace messo::test
