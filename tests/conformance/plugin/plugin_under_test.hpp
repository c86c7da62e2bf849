// One plugin and its instances, driven over the bare border.
#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "channel/plugin_library.hpp"
#include "check_host.hpp"

namespace messo::conformance {

// Runs `body` on a thread of its own; false when it did not come back within `limit` (the thread is left behind).
bool comes_back(std::chrono::milliseconds limit, std::function<void()> body);

// A running instance and the glass hub it talks to.
class Instance {
 public:
  // Creates and starts; `problem` when that failed.
  Instance(const messo_channel& table, const std::string& config_json);
  ~Instance();  // stops if nobody did
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  bool running() const { return instance_ != nullptr; }
  const std::string& problem() const { return problem_; }
  CheckHost& host() { return host_; }
  messo_instance* raw() { return instance_; }
  std::chrono::milliseconds start_took() const { return start_took_; }

  // A MESSO_ code; `took` is how long the plugin kept the caller.
  std::int32_t submit(std::span<const OutgoingMessage> batch, std::chrono::milliseconds* took = nullptr);
  // False when it did not come back within the drain time and two seconds more. The host is closed afterwards. The second time it does
  // nothing.
  bool stop(std::chrono::milliseconds drain);
  void destroy();

 private:
  const messo_channel& table_;
  CheckHost& host_;  // never freed: a misbehaving plugin may call it for ever
  messo_instance* instance_ = nullptr;
  bool stopped_ = false;
  std::string problem_;
  std::chrono::milliseconds start_took_{0};
};

}  // namespace messo::conformance
