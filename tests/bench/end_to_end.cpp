// Jobs posted over HTTP to the real daemon, delivered over SMTP to a discarding server, recorded durably: rate, latency, hub CPU, memory.
//   end_to_end [--jobs N] [--connections N] [--json]
// One program to try a change with; ./dev bench (bench.py) measures with programs of others.
#include <nlohmann/json.hpp>
#include <string>

#include "bench/bench_program.hpp"
#include "scenario/support/smtp_peer_process.hpp"
#include "scenario/support/town.hpp"
#include "support/load_client.hpp"
#include "support/process_figures.hpp"

namespace {

using namespace messo;
using namespace messo::test;
using SteadyClock = std::chrono::steady_clock;

struct Arguments {
  std::size_t jobs = 20'000;
  std::size_t connections = 32;
  bool json = false;
};

Arguments parse(int count, char** words) {
  Arguments a;
  read_bench_words(count, words, {{"--jobs", &a.jobs}, {"--connections", &a.connections}, {"--json", &a.json}},
                   "end_to_end [--jobs N] [--connections N] [--json]");
  return a;
}

std::string job(std::size_t i) { return reminder_job("cittadino" + std::to_string(i) + "@example.it", "B-" + std::to_string(i)); }

void end_to_end(const Arguments& arguments) {
  const SmtpPeerProcess peer({"--discard"});
  Daemon daemon("[log]\nlevel = \"warning\"\n");
  daemon.start();
  const Town town = found_town(daemon, {.port = peer.port()});
  post_jobs({.port = daemon.port(), .key = town.key, .connections = arguments.connections}, 500, job);  // warms caches and connections
  if (!wait_until([&] { return peer.counts().messages == 500; }, Millis{60'000}))
    throw std::runtime_error("the first messages did not arrive");

  const auto before = figures_of(daemon.pid()), peer_before = figures_of(peer.pid());
  const auto start = SteadyClock::now();
  const auto report = post_jobs({.port = daemon.port(), .key = town.key, .connections = arguments.connections}, arguments.jobs, job);
  const auto open = [&] { return nlohmann::json::parse(daemon.admin("GET", "/v1/admin/books").body).at("open").get<std::uint64_t>(); };
  if (!wait_until([&] { return open() == 0; }, Millis{300'000})) throw std::runtime_error("not everything was delivered");
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
  const auto after = figures_of(daemon.pid()), peer_after = figures_of(peer.pid());
  const auto jobs = static_cast<double>(arguments.jobs);
  print_figures({{"jobs", arguments.jobs},
                 {"end_to_end_per_second", jobs / seconds},
                 {"accept_per_second", report.per_second()},
                 {"accept_p50_ms", report.percentile_ms(0.50)},
                 {"accept_p99_ms", report.percentile_ms(0.99)},
                 {"hub_cpu_us_per_message", (after.cpu_seconds - before.cpu_seconds) * 1e6 / jobs},
                 {"sink_cpu_us_per_message", (peer_after.cpu_seconds - peer_before.cpu_seconds) * 1e6 / jobs},
                 {"hub_anonymous_mib", static_cast<double>(after.anonymous_bytes) / 1048576},
                 {"complete", report.complete}},
                arguments.json);
}

}  // namespace

int main(int count, char** words) {
  return run_bench([&] { end_to_end(parse(count, words)); });
}
