#include "channel/provider_registry.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace messo {
namespace {

constexpr Millis kSweepEvery{500};

// What an instance was made from; the rest (weight, rates, retry, pauses) dispatch reads from the directory itself.
bool same_instance(const Provider& a, const Provider& b) {
  return a.plugin == b.plugin && a.channel == b.channel && a.pool == b.pool && a.organisations == b.organisations &&
         a.isolation == b.isolation && a.memory_mb == b.memory_mb && a.config_json == b.config_json &&
         a.secrets_json.reveal() == b.secrets_json.reveal();
}

}  // namespace

Provider implicit_simulated_provider(const std::filesystem::path& folder) {
  Provider out;
  out.id = *ProviderId::parse("6d657373-6f00-7000-8000-74657374706c");  // "messo" ... "testpl"
  out.key = "simulated";
  out.plugin = "outbox";
  out.channel = Channel::email;  // of name only: the pool "test" carries messages of every channel
  out.pool = "test";
  out.config_json = nlohmann::json{{"directory", folder.string()}}.dump();
  out.on_doubt = OnDoubt::resend;
  out.version = 1;
  return out;
}

ProviderRegistry::ProviderRegistry(const PluginCatalog& catalog, BorderParts parts, RegistryOptions options, Listener listener)
    : catalog_(catalog), parts_(parts), options_(std::move(options)), listener_(std::move(listener)), watcher_([this] { watch(); }) {}

ProviderRegistry::~ProviderRegistry() {
  stop(Millis{0});
  {
    const std::scoped_lock hold(watch_mutex_);
    watch_ends_ = true;
  }
  watch_wake_.notify_all();
  watcher_.join();
}

std::map<ProviderId, Provider> ProviderRegistry::wanted(const DirectorySnapshot& directory) const {
  std::map<ProviderId, Provider> out;
  bool test_pool = false;
  for (const auto& [id, provider] : directory.providers) {
    if (provider.retired || !provider.enabled) continue;
    out.emplace(id, provider);
    test_pool = test_pool || provider.pool == "test";
  }
  if (!test_pool && !options_.simulated_folder.empty()) {
    Provider own = implicit_simulated_provider(options_.simulated_folder);
    out.emplace(own.id, std::move(own));
  }
  return out;
}

void ProviderRegistry::apply(const DirectorySnapshot& directory) {
  const std::scoped_lock one_at_a_time(changing_);
  const auto target = wanted(directory);
  std::vector<Running> ended;
  entries_.with([&](Entries& entries) {
    for (auto at = entries.begin(); at != entries.end();) {
      if (target.contains(at->first)) {
        ++at;
        continue;
      }
      if (at->second.port != nullptr) ended.push_back(std::move(at->second.port));
      at = entries.erase(at);
    }
  });
  start_wanted(target, ended);
  announce();  // before draining: nothing more is given to those that end
  drain(ended, options_.drain);
}

void ProviderRegistry::start_wanted(const std::map<ProviderId, Provider>& wanted, std::vector<Running>& ended) {
  for (const auto& [id, provider] : wanted) {
    // Worked on a copy: starting a plugin takes time, and status() must not wait for it.
    Entry entry = entries_.with([&](Entries& entries) { return entries[id]; });
    entry.wanted = provider;
    entry.implicit = !options_.simulated_folder.empty() && id == implicit_simulated_provider({}).id;
    if (entry.port == nullptr || !same_instance(entry.port->settings(), provider)) {
      start_one(entry, ended);
    } else {
      entry.problem.clear();
    }
    entries_.with([&](Entries& entries) { entries[id] = std::move(entry); });
  }
}

void ProviderRegistry::start_one(Entry& entry, std::vector<Running>& ended) {
  const Provider& provider = entry.wanted;
  const auto failed = [&](const Error& error) {
    entry.problem = error.message;
    parts_.log.error("MSO-2520",
                     entry.port == nullptr
                         ? "a provider does not run. Correct what the problem names and apply it again"
                         : "a provider's new settings do not run, the old ones go on. Correct what the problem names and apply it again",
                     {{"provider", provider.key}, {"plugin", provider.plugin}, {"problem", error.message}, {"detail", error.detail}});
  };
  auto plugin = catalog_.get(provider.plugin);
  if (!plugin) return failed(plugin.error());
  if (!entry.implicit && !(*plugin)->descriptor().serves(provider.channel)) {
    return failed({ErrorKind::invalid,
                   "wrong_channel",
                   "the plugin does not serve the channel " + std::string(to_string(provider.channel)),
                   {},
                   {},
                   {}});
  }
  auto started = PluginProvider::start(provider, std::move(*plugin), parts_, options_.isolation);
  if (!started) return failed(started.error());
  if (entry.port != nullptr) {
    entry.port->end_grants();
    ended.push_back(std::move(entry.port));
    (*started)->repeat_grant();
  }
  entry.port = std::move(*started);
  entry.problem.clear();
  parts_.log.info("MSO-2521", "a provider runs",
                  {{"provider", provider.key}, {"plugin", provider.plugin}, {"version", std::to_string(provider.version)}});
}

void ProviderRegistry::announce() {
  if (listener_) listener_(ports());
}

void ProviderRegistry::drain(const std::vector<Running>& ended, Millis limit) {
  std::vector<std::thread> threads;
  threads.reserve(ended.size());
  for (const Running& port : ended) threads.emplace_back([port, limit] { port->stop(limit); });
  for (auto& thread : threads) thread.join();
}

void ProviderRegistry::stop(Millis limit) {
  const std::scoped_lock one_at_a_time(changing_);
  std::vector<Running> ended;
  entries_.with([&](Entries& entries) {
    for (auto& [id, entry] : entries) {
      if (entry.port != nullptr) ended.push_back(std::move(entry.port));
    }
    entries.clear();
  });
  if (ended.empty()) return;
  announce();
  drain(ended, limit);
}

std::vector<ProviderPortPtr> ProviderRegistry::ports() const {
  return entries_.with([](const Entries& entries) {
    std::vector<ProviderPortPtr> out;
    for (const auto& [id, entry] : entries) {
      if (entry.port != nullptr) out.push_back(entry.port);
    }
    return out;
  });
}

std::vector<PortStatus> ProviderRegistry::status() const {
  return entries_.with([](const Entries& entries) {
    std::vector<PortStatus> out;
    for (const auto& [id, entry] : entries) {
      const Provider& p = entry.wanted;
      PortStatus one{id, p.key, p.plugin, p.channel, p.pool, entry.port != nullptr, false, entry.implicit, p.version, entry.problem, {}};
      one.isolation = p.isolation;
      if (entry.port != nullptr) {
        one.simulated = entry.port->simulated();
        one.version = entry.problem.empty() ? p.version : entry.port->settings().version;
        one.figures = entry.port->figures();
        one.takes_calls = entry.port->receipts() != nullptr && entry.port->receipts()->takes_calls();
        one.can_query = entry.port->can_query();
        one.tells_balance = entry.port->tells_balance();
      }
      out.push_back(std::move(one));
    }
    std::ranges::sort(out, {}, &PortStatus::key);
    return out;
  });
}

Result<ProviderRegistry::Running> ProviderRegistry::running(std::string_view key) const {
  const auto [known, port] = entries_.with([&](const Entries& entries) -> std::pair<bool, Running> {
    for (const auto& [id, entry] : entries) {
      if (entry.wanted.key == key) return {true, entry.port};
    }
    return {false, nullptr};
  });
  if (!known) return fail(ErrorKind::not_found, "no_such_provider", "there is no enabled provider of that name");
  if (port == nullptr)
    return fail(ErrorKind::unavailable, "provider_not_running", "the provider does not run: its problem is in `messo provider list`");
  return port;
}

Result<std::string> ProviderRegistry::probe(std::string_view key, Millis limit) const {
  const auto port = running(key);
  return port ? (*port)->probe(limit) : fail(Error(port.error()));
}

Result<Balance> ProviderRegistry::balance(std::string_view key, Millis limit) const {
  const auto port = running(key);
  return port ? (*port)->balance(limit) : fail(Error(port.error()));
}

void ProviderRegistry::watch() {
  std::unique_lock hold(watch_mutex_);
  while (!watch_wake_.wait_for(hold, kSweepEvery, [this] { return watch_ends_; })) {
    hold.unlock();
    const auto running = entries_.with([](const Entries& entries) {
      std::vector<Running> out;
      for (const auto& [id, entry] : entries) {
        if (entry.port != nullptr) out.push_back(entry.port);
      }
      return out;
    });
    for (const Running& port : running) port->sweep();
    hold.lock();
  }
}

}  // namespace messo
