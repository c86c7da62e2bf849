#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include <ostream>
#include <set>

#include "app/cli/add_command.hpp"
#include "app/cli/text_layout.hpp"
#include "app/places.hpp"
#include "app/version.hpp"
#include "config/node_config.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

enum class Verdict : std::uint8_t { good, note, bad };

struct Diagnosis {
  Verdict verdict;
  std::string what, remedy;
};

class Doctor {
 public:
  Doctor(Session& session, std::string config_file) : session_(session), config_file_(std::move(config_file)) {}

  std::vector<Diagnosis> examine() {
    check_clock();
    check_node_files();
    if (!check_daemon()) return std::move(diagnoses_);
    check_providers();
    check_directory();
    return std::move(diagnoses_);
  }

 private:
  void good(std::string what) { diagnoses_.push_back({Verdict::good, std::move(what), {}}); }
  void note(std::string what, std::string remedy) { diagnoses_.push_back({Verdict::note, std::move(what), std::move(remedy)}); }
  void bad(std::string what, std::string remedy) { diagnoses_.push_back({Verdict::bad, std::move(what), std::move(remedy)}); }

  // The kernel knows whether somebody keeps its clock in time.
  void check_clock() {
    timex state{};
    if (::adjtimex(&state) == TIME_ERROR && (state.status & STA_UNSYNC) != 0) {
      return note("the clock is not kept in time",
                  "turn time synchronisation on: timedatectl set-ntp true. Times in timelines and evidence depend on it");
    }
    good("the clock is kept in time");
  }

  void check_node_files() {
    std::error_code ignored;
    NodeConfig config;
    if (!config_file_.empty() && (fs::exists(config_file_, ignored) || config_file_ != kSystemConfig)) {
      const auto loaded = load_node_config(config_file_);
      if (!loaded) return bad("the configuration " + config_file_ + " has mistakes", to_text(loaded.error()));
      good("the configuration " + config_file_ + " is right");
      config = *loaded;
    } else if (!session_.socket.empty()) {
      return;  // a daemon of its own somewhere: its files are not ours to guess
    } else {
      config = default_node_config(state_folder());
    }
    check_folder("data folder", config.folders.data, 0077, "chmod 700 " + config.folders.data.string());
    const auto plugins = plugin_folder(config.folders.plugins);
    check_folder("plugins folder", plugins, 0022, "chmod go-w " + plugins.string() + " and give it to root");
  }
  void check_folder(const std::string& name, const fs::path& folder, mode_t forbidden, const std::string& remedy) {
    struct stat about {};
    if (::stat(folder.c_str(), &about) != 0)
      return note("the " + name + ' ' + folder.string() + " is not there", "start messod once, or correct [folders] in the configuration");
    if ((about.st_mode & forbidden) != 0)
      return bad("others have rights on the " + name + ' ' + folder.string() + " they must not have", remedy);
    good("the " + name + ' ' + folder.string() + " is protected");
  }

  bool check_daemon() {
    auto answer = session_.api().call({.path = "/v1/admin/status", .timeout = Millis{5'000}});
    if (!answer) {
      bad("the daemon does not answer", answer.error().message);
      session_.exit_code = kUnreachable;
      return false;
    }
    const json& node = answer->body;
    good("the daemon answers at " + session_.api().where() + ", version " + text(node, "version"));
    if (text(node, "version") != kVersion)
      note("this program is version " + std::string(kVersion), "restart messod after an update, so that both are the same");
    check_store(node.contains("store") ? node["store"] : json::object());
    for (const json& reason : list(node, "reasons")) {
      text(reason, "severity") == "unhealthy" ? bad(text(reason, "detail"), text(reason, "reason"))
                                              : note(text(reason, "detail"), text(reason, "reason"));
    }
    return true;
  }
  void check_store(const json& store) {
    constexpr std::uint64_t kTight = 2ULL << 30;
    flag(store, "writable")
        ? good("the store can be written")
        : bad("the store cannot be written: " + text(store, "problem"), "check disk and rights of the data folder, then restart messod");
    const auto free = number(store, "bytes_free");
    free < kTight ? note("only " + short_size(free) + " are free on the store's disk",
                         "make room: below store.admission.min_free new messages are refused")
                  : good(short_size(free) + " are free on the store's disk");
  }

  void check_providers() {
    auto answer = session_.api().call({.path = "/v1/admin/providers"});
    if (!answer) return bad("the providers cannot be listed", answer.error().message);
    std::set<std::string> simulated;
    std::size_t running = 0;
    for (const json& p : list(answer->body, "items")) {
      if (flag(p, "retired") || !flag(p, "enabled")) continue;
      const std::string state = text(p, "state");
      const std::string name = "provider " + text(p, "key");
      if (text(p, "plugin") == "outbox" && text(p, "pool") != "test") simulated.insert(text(p, "channel"));
      if (state == "running") {
        ++running;
      } else if (state == "paused" || flag(p, "paused")) {
        note(name + " is paused: " + text(p, "pause_reason"), "go on with: messo provider resume " + text(p, "key"));
      } else {
        bad(name + " is " + state + ": " + text(p, "detail"),
            "see `messo provider show " + text(p, "key") + "`, correct it with `messo apply FILE`");
      }
    }
    if (running > 0) good(std::to_string(running) + (running == 1 ? " provider runs" : " providers run"));
    if (running == 0) bad("no provider runs", "nothing can be sent: add one with `messo apply FILE`");
    if (!simulated.empty()) {
      std::string channels;
      for (const auto& channel : simulated) channels += (channels.empty() ? "" : ", ") + channel;
      note("test mode for: " + channels, "messages are kept as files (messo outbox list); add real providers with `messo apply FILE`");
    }
  }

  void check_directory() {
    auto organisations = session_.api().call({.path = "/v1/admin/organisations"});
    auto keys = session_.api().call({.path = "/v1/admin/keys"});
    if (!organisations || !keys)
      return bad("the directory cannot be read", organisations ? keys.error().message : organisations.error().message);
    if (list(organisations->body, "items").empty())
      return note("there is no organisation yet", "write one into a file and run `messo apply FILE` (config/examples/)");
    if (list(keys->body, "items").empty()) note("no application has a key yet", "make one with `messo key create --name NAME`");
    for (const json& organisation : list(organisations->body, "items")) {
      if (!flag(organisation, "retired")) check_templates(text(organisation, "key"));
    }
  }
  void check_templates(const std::string& organisation) {
    auto answer = session_.api().call({.path = "/v1/admin/templates", .query = {{"organisation", organisation}}});
    if (!answer) return bad("the templates of " + organisation + " cannot be listed", answer.error().message);
    std::size_t published = 0;
    for (const json& t : list(answer->body, "items")) published += text(t, "state") == "published" ? 1 : 0;
    published > 0
        ? good(organisation + " has " + std::to_string(published) + " published templates")
        : note(organisation + " has no published template", "messo template import templates --publish --organisation " + organisation);
  }

  Session& session_;
  std::string config_file_;
  std::vector<Diagnosis> diagnoses_;
};

void print(std::ostream& out, const std::vector<Diagnosis>& diagnoses) {
  constexpr std::string_view kMarks[] = {"ok    ", "note  ", "BAD   "};
  for (const auto& diagnosis : diagnoses) {
    out << kMarks[static_cast<std::size_t>(diagnosis.verdict)] << plain(diagnosis.what) << '\n';
    if (!diagnosis.remedy.empty()) out << "      -> " << diagnosis.remedy << '\n';
  }
}

Status examine(Session& session, const std::string& config_file) {
  constexpr std::string_view kNames[] = {"ok", "note", "bad"};
  const auto diagnoses = Doctor(session, config_file).examine();
  const bool sick = std::ranges::any_of(diagnoses, [](const Diagnosis& f) { return f.verdict == Verdict::bad; });
  if (sick && session.exit_code == kOk) session.exit_code = kFailure;
  json all = json::array();
  for (const auto& f : diagnoses)
    all.push_back({{"verdict", kNames[static_cast<std::size_t>(f.verdict)]}, {"what", f.what}, {"remedy", f.remedy}});
  if (session.printed_json({{"findings", all}})) return {};
  print(session.out, diagnoses);
  session.out << (sick ? "Something needs your hand.\n" : "All is well.\n");
  return {};
}

}  // namespace

void add_doctor(CLI::App& app, Session& session) {
  auto config = std::make_shared<std::string>(kSystemConfig);
  add_command(app, "doctor", "Examines daemon, store, providers, templates, and says what to do", session, config, &examine)
      ->add_option("--config", *config, "The daemon's configuration file")
      ->capture_default_str();
}

}  // namespace messo::cli
