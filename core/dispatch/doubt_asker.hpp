// Asks providers what became of attempts in doubt (on_doubt = "ask", or an operator wants it), again and again until the deadline
// (doubt_policy.hpp). Answers come through the Recorder like any late outcome.
//
// Threads: one that looks for questions that are due, and one for each provider that is asked, so that a plugin that hangs in query() holds
// up nobody's questions but its own. Bounds: kQuestionsAtOnce of a provider at a time.
// Durability: that a question is put is written down before; after a crash it is put again at the latest when it would have been.
#pragma once
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "base/bell.hpp"
#include "base/log.hpp"
#include "channel/provider_port.hpp"
#include "dispatch/doubt_policy.hpp"
#include "dispatch/metrics.hpp"
#include "store/store.hpp"

namespace messo {

class DoubtAsker {
 public:
  static constexpr std::size_t kQuestionsAtOnce = 64;

  struct Parts {
    Store& store;
    std::function<std::vector<ProviderPortPtr>()> ports;
    DispatchMetrics& metrics;
    const Clock& clock;
    Log& log;
    std::function<void()> events_changed;  // may be empty
  };
  explicit DoubtAsker(Parts parts);
  ~DoubtAsker();  // as stop()
  DoubtAsker(const DoubtAsker&) = delete;
  DoubtAsker& operator=(const DoubtAsker&) = delete;

  void start();
  // Asks nothing any more. A provider that does not come back from a question within two seconds is left to itself.
  void stop();
  // There may be questions: an operator wants one asked.
  void ring() { bell_.ring(); }
  // Puts whatever is due; for the thread, and for tests. Returns true when there may be more at once.
  bool turn();

 private:
  class Line;  // a provider's own thread
  void run();
  bool ask(const ProviderPortPtr& port, bool by_itself);
  void warn_of_mute(const Provider& provider);
  Line& line_of(ProviderId provider);

  Parts parts_;
  std::map<ProviderId, std::shared_ptr<Line>> lines_;      // of the one who turns
  std::set<std::pair<ProviderId, std::uint64_t>> warned_;  // provider and version of its settings
  bool store_failing_ = false;
  Bell bell_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace messo
