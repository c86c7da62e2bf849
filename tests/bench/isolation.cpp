// What isolation = "process" costs: the same plugin inside the program and in a process of its own, in turns of the same run. 5 KB
// messages; smtp speaks with a scripted server in this program, flaky answers at once, so that it shows the border alone.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>

#include "peers/smtp_peer.hpp"
#include "unit/channel/isolation_world.hpp"

namespace {

using namespace messo;
using namespace std::chrono_literals;
using nlohmann::json;

class CountingListener final : public ProviderListener {
 public:
  void on_outcome(ProviderId, AttemptId, Outcome outcome) override {
    {
      const std::scoped_lock hold(mutex_);
      ++(outcome.kind == OutcomeKind::sent ? sent_ : other_);
    }
    changed_.notify_one();
  }
  void on_grant(ProviderId, Grant) override { changed_.notify_one(); }
  Status on_receipts(ProviderId, std::span<const Receipt>) override { return {}; }
  Status checkpoint(ProviderId, AttemptId, std::string_view) override { return {}; }
  Status keep_as_sent(ProviderId, AttemptId, const BlobId&, std::uint64_t, std::span<const Reference>) override { return {}; }
  Status expect(ProviderId, AttemptId, std::span<const Reference>) override { return {}; }
  std::uint64_t sent() const {
    const std::scoped_lock hold(mutex_);
    return sent_;
  }
  std::uint64_t other() const {
    const std::scoped_lock hold(mutex_);
    return other_;
  }
  void wait_for_room() {
    std::unique_lock hold(mutex_);
    changed_.wait_for(hold, 1ms);
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t sent_ = 0, other_ = 0;
};

struct Figures {
  double per_second = 0, cpu_us = 0;
};

double cpu_seconds(int who) {
  rusage used{};
  ::getrusage(who, &used);
  const auto seconds = [](timeval t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

Figures run(const std::string& plugin, const json& config, Isolation isolation, Millis length) {
  CountingListener listener;
  test::MemoryBlobs blobs;
  const SystemClock clock;
  const auto log = make_null_log();
  Provider settings = test::provider_of(plugin, config.dump());
  settings.isolation = isolation;
  IsolationOptions options;
  options.host_program = test::host_program();
  const auto library = PluginLibrary::open(test::plugin_dir(), plugin);
  if (!library) return std::fprintf(stderr, "%s\n", library.error().message.c_str()), Figures{};
  auto port = PluginProvider::start(settings, *library, {listener, blobs, clock, *log}, options);
  if (!port) return std::fprintf(stderr, "%s\n", port.error().message.c_str()), Figures{};

  std::vector<OutgoingMessage> batch(std::min<std::size_t>((*port)->preferred_batch(), 32),
                                     test::message_to("anna@example.it", clock.now()));
  for (auto& one : batch) {
    one.from = "noreply@comune.example.it";
    one.parts[1].body.assign(5000, 'a');
  }
  const double cpu_before = cpu_seconds(RUSAGE_SELF) + cpu_seconds(RUSAGE_CHILDREN);
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < length) {
    for (auto& one : batch) one.attempt = AttemptId::make(clock.now());
    while ((*port)->submit(batch) != Submitted::taken) listener.wait_for_room();
  }
  const auto sent = static_cast<double>(listener.sent());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  (*port)->stop(5s);  // reaps the process, so that its time counts
  if (listener.sent() == 0) std::fprintf(stderr, "%s: nothing was sent, %lu answers of other kinds\n", plugin.c_str(), listener.other());
  const double cpu = cpu_seconds(RUSAGE_SELF) + cpu_seconds(RUSAGE_CHILDREN) - cpu_before;
  return {sent / took.count(), cpu * 1e6 / std::max(1.0, static_cast<double>(listener.sent()))};
}

Figures median(std::vector<Figures> all) {
  std::ranges::sort(all, {}, &Figures::per_second);
  return all[all.size() / 2];
}

json compare(const std::string& plugin, const json& config, Millis length, int turns) {
  std::vector<Figures> inside, process;
  std::vector<double> ratios;
  for (int i = 0; i < turns; ++i) {
    inside.push_back(run(plugin, config, Isolation::none, length));
    process.push_back(run(plugin, config, Isolation::process, length));
    ratios.push_back(process.back().per_second / std::max(1.0, inside.back().per_second));
  }
  std::ranges::sort(ratios);
  const auto a = median(inside), b = median(process);
  return {{"plugin", plugin},           {"inside_per_second", a.per_second},
          {"inside_cpu_us", a.cpu_us},  {"process_per_second", b.per_second},
          {"process_cpu_us", b.cpu_us}, {"ratio", ratios[ratios.size() / 2]}};
}

}  // namespace

int main(int argc, char** argv) {
  const bool as_json = argc > 1 && std::string_view(argv[1]) == "--json";
  peers::SmtpPeerOptions options;
  options.keep = peers::SmtpPeerOptions::Keep::counts;
  peers::SmtpPeer peer(options);
  const json smtp = {{"host", "127.0.0.1"}, {"port", peer.port()}, {"tls", "none"}};
  const json all = {{"smtp", compare("smtp", smtp, 1500ms, 5)}, {"flaky", compare("flaky", {{"credits", 1000}}, 1000ms, 5)}};
  if (as_json) return std::puts(all.dump().c_str()), 0;
  for (const auto& one : all) {
    std::printf("%-6s inside %7.0f/s %6.1f us, process %7.0f/s %6.1f us, ratio %.2f\n", one["plugin"].get<std::string>().c_str(),
                one["inside_per_second"].get<double>(), one["inside_cpu_us"].get<double>(), one["process_per_second"].get<double>(),
                one["process_cpu_us"].get<double>(), one["ratio"].get<double>());
  }
}
