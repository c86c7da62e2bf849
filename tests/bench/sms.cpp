// Short messages: jobs posted over HTTP to the real daemon, sent over one SMPP bind, their receipts recorded durably; then Kannel before
// the same SMSC, in the same run.
//   sms [--jobs N] [--runs N] [--connections N] [--window N] [--without-kannel] [--json]      medians of the runs
//   sms --receipts N [--kills N]   Messo alone: receipts overtake one another and the responses; so many times, evenly spread, the hub dies
//                                  (kill -9) meanwhile. Fails when a receipt is lost or belongs to no message.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <map>
#include <thread>
#include <vector>

#include "bench/bench_program.hpp"
#include "bench/kannel.hpp"
#include "bench/smsc_process.hpp"
#include "scenario/support/town.hpp"
#include "support/load_client.hpp"
#include "support/process_figures.hpp"

namespace {

using namespace messo;
using namespace messo::test;
using SteadyClock = std::chrono::steady_clock;

struct Arguments {
  std::size_t jobs = 20'000;
  std::size_t runs = 3;
  std::size_t connections = 32;
  std::size_t window = 50;
  std::size_t receipts = 0;
  std::size_t kills = 0;
  bool without_kannel = false;
  bool json = false;
};

Arguments parse(int count, char** words) {
  Arguments a;
  read_bench_words(count, words,
                   {{"--jobs", &a.jobs},
                    {"--runs", &a.runs},
                    {"--connections", &a.connections},
                    {"--window", &a.window},
                    {"--receipts", &a.receipts},
                    {"--kills", &a.kills},
                    {"--without-kannel", &a.without_kannel},
                    {"--json", &a.json}},
                   "sms [--jobs N] [--runs N] [--connections N] [--window N] [--without-kannel] [--receipts N [--kills N]] [--json]");
  if (a.runs == 0) throw std::invalid_argument("--runs: one at least");
  return a;
}

std::string number_of(std::size_t i) { return fmt::format("+3934{:08}", 10'000 + i); }

std::string job(std::size_t i) {
  return R"({"template":"promemoria-sms","recipient":{"language":"it","phone":")" + number_of(i) + R"("},"reference":"S-)" +
         std::to_string(i) + R"(","data":{"quando":"2026-12-22T10:30:00+01:00","codice":"VLC-)" + std::to_string(10'000 + i) +
         R"(","ufficio":"Ufficio Anagrafe","telefono":"0000000001"}})";
}

constexpr const char* kTemplate = R"(key = "promemoria-sms"
title = "Promemoria di un appuntamento"
class = "courtesy"
language = "it"
[[plan]]
channel = "sms"
success = "delivered"
[variables.quando]
type = "datetime"
description = "Giorno e ora."
example = "2026-10-22T10:30:00+02:00"
[variables.codice]
type = "string"
description = "Codice della prenotazione."
example = "VLC-48213"
[variables.ufficio]
type = "string"
description = "Ufficio competente."
example = "Ufficio Anagrafe"
[variables.telefono]
type = "string"
description = "Numero dell'ufficio."
example = "0000 000001"
)";
constexpr const char* kText =
    "Comune di Esempio: appuntamento il {{quando.short}} presso {{ufficio}}. Codice {{codice}}. Per "
    "disdire "
    "chiami {{telefono}}";

class Hub {
 public:
  // `config`: further lines of [provider.config].
  Hub(std::uint16_t smsc, std::size_t window, const std::string& config) : daemon_("[log]\nlevel = \"warning\"\n") {
    daemon_.start();
    town_ = found_town(daemon_, {});
    publish_template(daemon_, "promemoria-sms", {{"template.toml", kTemplate}, {"it/sms.text.mustache", kText}});
    const auto entry = daemon_.folder() / "sms.toml";
    std::ofstream(entry) << fmt::format(
        "[[provider]]\nkey = \"smsc\"\nplugin = \"smpp\"\nchannel = \"sms\"\n[provider.retry]\nwaits = [\"1 s\"]\n[provider.config]\n"
        "host = \"127.0.0.1\"\nport = {}\nsystem_id = \"{}\"\npassword = \"{}\"\nsender = \"ComEsempio\"\nwindow = {}\n{}\n",
        smsc, kSmscAccount, kSmscPassword, window, config);
    daemon_.must({"apply", entry.string(), "--yes"});
  }

  LoadOptions load(std::size_t connections) const {
    return {.port = daemon_.port(), .key = town_.key, .connections = connections, .repeat_until_accepted = true, .give_up_after = kLimit};
  }
  ProcessFigures figures() const { return figures_of(daemon_.pid()); }
  nlohmann::json books() const { return nlohmann::json::parse(daemon_.admin("GET", "/v1/admin/books").body); }
  std::uint64_t delivered() const { return books().at("closed").value("delivered", std::uint64_t{0}); }
  std::string log() const { return daemon_.log(); }
  void die_and_come_back() {
    daemon_.kill9();
    daemon_.start();
  }

  // Waits until so many are delivered; `look` is called at every look.
  template <class Look>
  void wait_for(std::uint64_t count, Look&& look) {
    wait_until_look([&](std::uint64_t now) {
      look(now);
      return now >= count;
    });
  }
  // Waits until `look` holds; it is given how many are delivered.
  template <class Look>
  void wait_until_look(Look&& look) {
    Looks looks;
    const auto there = [&] {
      if (!looks.due()) return false;
      peak_ = std::max(peak_, figures().anonymous_bytes);
      return look(delivered());
    };
    if (!wait_until(there, kLimit)) throw std::runtime_error("not all were delivered: " + books().dump() + "\n" + daemon_.log());
  }
  std::uint64_t peak_bytes() const { return peak_; }

  // Ids of messages that were being handed over when the hub died: nobody knows whether the SMSC has them.
  std::vector<std::string> doubts() const {
    std::vector<std::string> out;
    for (std::string more = "/v1/admin/doubts?limit=500"; !more.empty();) {
      const auto page = nlohmann::json::parse(daemon_.admin("GET", more).body);
      for (const auto& doubt : page.at("items")) out.push_back(doubt.at("id"));
      const auto cursor = page.value("next_cursor", "");
      more = cursor.empty() ? "" : "/v1/admin/doubts?limit=500&cursor=" + cursor;
    }
    return out;
  }
  void resend(const std::string& doubt) const {
    const auto answer = daemon_.admin("POST", "/v1/admin/doubts/" + doubt + "/resend", R"({"reason":"the SMSC has no such message"})");
    if (answer.status != 200) throw std::runtime_error("a doubt was not decided: " + answer.body);
  }

  // Throws when a receipt is missing or belongs to no message.
  void check() const {
    const auto end = books();
    if (!end.at("balanced") || end.at("open") != 0) throw std::runtime_error("the books do not balance: " + end.dump());
    const auto unmatched = nlohmann::json::parse(daemon_.admin("GET", "/v1/admin/receipts?unmatched=true").body).at("items");
    if (!unmatched.empty()) throw std::runtime_error("receipts belong to no message: " + unmatched.dump());
  }

 private:
  static constexpr Seconds kLimit{1'800};

  Daemon daemon_;
  Town town_;
  std::uint64_t peak_ = 0;
};

nlohmann::json one_run(const Arguments& arguments) {
  constexpr std::size_t warm_up = 500;
  const SmscProcess smsc({"--window", std::to_string(arguments.window)});
  // At thousands a second the hub's own commits are what a short queue would wait for.
  Hub hub(smsc.port(), arguments.window, "queue_per_bind = 200\n");
  post_jobs(hub.load(arguments.connections), warm_up, job);
  hub.wait_for(warm_up, [](auto) {});

  const auto before = hub.figures(), smsc_before = figures_of(smsc.pid());
  const auto start = SteadyClock::now();
  const auto report = post_jobs(hub.load(arguments.connections), arguments.jobs, [](std::size_t i) { return job(warm_up + i); });
  hub.wait_for(warm_up + arguments.jobs, [](auto) {});
  const std::chrono::duration<double> took = SteadyClock::now() - start;
  const auto after = hub.figures(), smsc_after = figures_of(smsc.pid());
  hub.check();
  const auto jobs = static_cast<double>(arguments.jobs);
  nlohmann::json out{{"jobs", arguments.jobs},
                     {"per_second", jobs / took.count()},
                     {"accept_per_second", report.per_second()},
                     {"accept_p99_ms", report.percentile_ms(0.99)},
                     {"hub_cpu_us_per_message", (after.cpu_seconds - before.cpu_seconds) * 1e6 / jobs},
                     {"hub_peak_anonymous_mib", static_cast<double>(hub.peak_bytes()) / 1048576},
                     {"smsc_cpu_us_per_message", (smsc_after.cpu_seconds - smsc_before.cpu_seconds) * 1e6 / jobs},
                     {"largest_window", smsc.count("largest_window")}};
  if (arguments.without_kannel) return out;
  const auto kannel = measure_kannel(arguments.jobs, arguments.connections, arguments.window);
  out["kannel_per_second"] = kannel.per_second;
  out["kannel_cpu_us_per_message"] = kannel.cpu_us_per_message;
  out["kannel_peak_anonymous_mib"] = static_cast<double>(kannel.peak_anonymous_bytes) / 1048576;
  out["ratio_kannel"] = jobs / took.count() / kannel.per_second;
  return out;
}

nlohmann::json speed(const Arguments& arguments) {
  std::map<std::string, std::vector<double>> figures;
  for (std::size_t i = 0; i < arguments.runs; ++i) {
    const auto run = one_run(arguments);
    for (const auto& [name, value] : run.items()) figures[name].push_back(value.get<double>());
  }
  nlohmann::json medians{{"runs", arguments.runs}};
  for (auto& [name, values] : figures) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    medians[name] = *middle;
  }
  return medians;
}

// The whole flow with kills. What the SMSC took is delivered by its receipts, whatever the hub forgot; what it did not take stays in doubt
// until an operator, who sees that at the SMSC, has it sent again.
class ReceiptRun {
 public:
  explicit ReceiptRun(const Arguments& arguments)
      : arguments_(arguments),
        smsc_({"--window", std::to_string(arguments.window), "--receipt-delay", "100", "--receipt-spread", "3000", "--receipt-first-every",
               "7", "--count-destinations"}),
        hub_(smsc_.port(), arguments.window, arguments.kills != 0 ? "match_by_user_reference = true\n" : "") {}

  nlohmann::json run() {
    const auto start = SteadyClock::now();
    std::thread poster([this] {
      report_ = post_jobs(hub_.load(arguments_.connections), arguments_.receipts, job);
      posted_ = true;
    });
    try {
      hub_.wait_until_look([this](std::uint64_t delivered) {
        kill_in_time(delivered);
        return posted_ && (delivered == arguments_.receipts || only_doubts_are_left(delivered));
      });
    } catch (...) {
      std::fprintf(stderr, "%s\n", smsc_.stats().dump().c_str());
      poster.join();
      throw;
    }
    poster.join();
    const auto doubts = hub_.doubts();
    for (const auto& doubt : doubts) hub_.resend(doubt);
    hub_.wait_for(arguments_.receipts, [](auto) {});
    const std::chrono::duration<double> took = SteadyClock::now() - start;
    hub_.check();
    const auto stats = smsc_.stats();
    if (!report_.complete || stats.at("receipts_waiting") != 0 || stats.at("repeated") != 0)
      throw std::runtime_error("receipts were lost, or messages sent twice: " + stats.dump());
    return {{"receipts", arguments_.receipts},
            {"kills", kills_},
            {"never_sent_and_held", doubts.size()},
            {"receipts_per_second", static_cast<double>(arguments_.receipts) / took.count()},
            {"receipts_sent", stats.at("receipts_sent")},
            {"messages_repeated", stats.at("repeated")},
            {"hub_peak_anonymous_mib", static_cast<double>(hub_.peak_bytes()) / 1048576}};
  }

 private:
  void kill_in_time(std::uint64_t delivered) {
    if (kills_ == arguments_.kills || delivered * (arguments_.kills + 1) < (kills_ + 1) * arguments_.receipts) return;
    ++kills_;
    hub_.die_and_come_back();
  }
  bool only_doubts_are_left(std::uint64_t delivered) const {
    const auto stats = smsc_.stats();
    return stats.at("accepted") == delivered && stats.at("receipts_waiting") == 0 &&
           hub_.doubts().size() == arguments_.receipts - delivered;
  }

  const Arguments& arguments_;
  SmscProcess smsc_;
  Hub hub_;
  LoadReport report_;
  std::atomic<bool> posted_ = false;
  std::size_t kills_ = 0;
};

}  // namespace

int main(int count, char** words) {
  return run_bench([&] {
    const auto arguments = parse(count, words);
    if (const auto missing = kannel_missing(); arguments.receipts == 0 && !arguments.without_kannel && !missing.empty())
      throw std::runtime_error(missing);
    print_figures(arguments.receipts != 0 ? ReceiptRun(arguments).run() : speed(arguments), arguments.json);
  });
}
