// One plugin and its instances, driven over the bare border.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "channel/plugin_library.hpp"
#include "check_host.hpp"

namespace messo::conformance {

// Runs `body` on a thread of its own; false when it did not come back within `limit` (the thread is left behind).
bool comes_back(std::chrono::milliseconds limit, std::function<void()> body);

class Instance;
// Calls into the plugin the same way; false, with what is wrong added to `broken`, when it does not come back (the instance is left behind
// then) or throws. `what` begins the sentence: "query()".
bool call_within(std::chrono::milliseconds limit, std::string_view what, Instance& one, std::vector<std::string>& broken,
                 std::function<void()> body);

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

  // A MESSO_ code; `took` is how long the plugin kept the caller. kNever: it did not come back within 10 s and is left behind.
  // kThrew: it threw.
  static constexpr std::int32_t kNever = -1000, kThrew = -1001;
  std::int32_t submit(std::span<const OutgoingMessage> batch, std::chrono::milliseconds* took = nullptr);
  // False when it did not come back within the drain time and two seconds more. The host is closed afterwards. The second time it does
  // nothing.
  bool stop(std::chrono::milliseconds drain);
  void destroy();
  // A call is still inside: nothing else may be called any more.
  void leave_behind() { left_behind_ = true; }
  bool left_behind() const { return left_behind_; }
  const messo_channel& table() const { return table_; }

 private:
  const messo_channel& table_;
  CheckHost& host_;  // never freed: a misbehaving plugin may call it for ever
  messo_instance* instance_ = nullptr;
  bool stopped_ = false, left_behind_ = false;
  std::string problem_;
  std::chrono::milliseconds start_took_{0};
};

}  // namespace messo::conformance
