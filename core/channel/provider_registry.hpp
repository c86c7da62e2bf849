// The providers that run: started, exchanged and stopped as the directory says.
#pragma once
#include <condition_variable>
#include <functional>
#include <map>
#include <thread>

#include "channel/plugin_provider.hpp"

namespace messo {

// One provider as an operator sees it.
struct PortStatus {
  ProviderId id;
  std::string key;
  std::string plugin;
  Channel channel = Channel::email;
  std::string pool;
  bool running = false;
  bool simulated = false;
  bool implicit = false;      // the hub's own, for test keys
  std::uint64_t version = 0;  // of the settings that run
  std::string problem;        // why the settings of the directory do not run; a sentence with the remedy, empty when they do
  ProviderFigures figures;
  bool can_query = false;  // it can be asked about attempts in doubt
  Isolation isolation = Isolation::none;
  bool takes_calls = false;    // its plugin lists receipts.callback/1
  bool tells_balance = false;  // its plugin lists balance/1
};

struct RegistryOptions {
  Millis drain{10'000};                    // for a provider that is exchanged or taken away
  std::filesystem::path simulated_folder;  // where the implicit provider for test keys keeps messages; empty: there is none
  IsolationOptions isolation{};            // of providers in a process of their own
};

// The provider for test keys where no configured one serves the pool "test": plugin `outbox` on every channel, never counted as sent. Its
// id is fixed, so that attempts of an earlier run find it again.
Provider implicit_simulated_provider(const std::filesystem::path& folder);

// Threads: apply() and stop() one at a time, from any thread; the others any time.
class ProviderRegistry {
 public:
  // Told after each change, on the thread that made it, with all running ports: give them to the dispatcher.
  using Listener = std::function<void(std::span<const ProviderPortPtr>)>;

  ProviderRegistry(const PluginCatalog& catalog, BorderParts parts, RegistryOptions options, Listener listener);
  ~ProviderRegistry();  // stops what still runs, without draining
  ProviderRegistry(const ProviderRegistry&) = delete;
  ProviderRegistry& operator=(const ProviderRegistry&) = delete;

  // Makes the running ports those of the snapshot. A changed provider's new instance is started before the old one is drained; when it
  // does not start, the old one goes on and the problem is shown. Failed ones are tried again at every call. Blocks while ports drain.
  void apply(const DirectorySnapshot& directory);
  // Drains all at once, within about `limit`. No call-back comes afterwards.
  void stop(Millis limit);

  std::vector<ProviderPortPtr> ports() const;
  std::vector<PortStatus> status() const;  // by key
  // Tries a running provider's account; see PluginProvider::probe. not_found "no_such_provider", unavailable "provider_not_running".
  Result<std::string> probe(std::string_view key, Millis limit) const;
  // What is left on its account; see PluginProvider::balance. Errors as above.
  Result<Balance> balance(std::string_view key, Millis limit) const;

 private:
  using Running = std::shared_ptr<PluginProvider>;
  struct Entry {
    Provider wanted;
    Running port;  // may run older settings than wanted; null when nothing runs
    std::string problem;
    bool implicit = false;
  };
  using Entries = std::map<ProviderId, Entry>;

  std::map<ProviderId, Provider> wanted(const DirectorySnapshot& directory) const;
  void start_wanted(const std::map<ProviderId, Provider>& wanted, std::vector<Running>& ended);
  void start_one(Entry& entry, std::vector<Running>& ended);
  Result<Running> running(std::string_view key) const;
  void announce();
  static void drain(const std::vector<Running>& ended, Millis limit);
  void watch();

  const PluginCatalog& catalog_;
  BorderParts parts_;
  RegistryOptions options_;
  Listener listener_;
  std::mutex changing_;  // one apply or stop at a time
  Guarded<Entries> entries_;
  std::mutex watch_mutex_;
  std::condition_variable watch_wake_;
  bool watch_ends_ = false;
  std::thread watcher_;
};

}  // namespace messo
