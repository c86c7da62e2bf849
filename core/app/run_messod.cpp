#include "app/run_messod.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <ostream>

#include "api/http/tls_identity.hpp"
#include "app/daemon.hpp"
#include "app/places.hpp"
#include "app/service_manager.hpp"
#include "app/signals.hpp"
#include "app/version.hpp"
#include "config/apply_document.hpp"
#include "config/schema_text.hpp"

namespace messo {
namespace {

enum ExitCode : int { kStopped = 0, kFailed = 1, kBadConfiguration = 2 };

struct Options {
  std::string config;
  bool check = false, print = false;
  std::string describe;
};

tl::expected<NodeConfig, Problems> load(const Options& options) {
  return options.config.empty() ? default_node_config(state_folder()) : load_node_config(options.config);
}

// What the settings name and what cannot be used, though the settings themselves are right.
Problems unusable(const NodeConfig& config) {
  if (config.listen.tls_certificate.empty()) return {};
  const auto identity = http::TlsIdentity::read(config.listen.tls_certificate, config.listen.tls_key);
  if (identity) return {};
  std::string pointer = "/" + identity.error().fields.at(0).field;
  std::ranges::replace(pointer, '.', '/');
  return {{config.file, 0, std::move(pointer), identity.error().message}};
}

tl::expected<NodeConfig, Problems> load_usable(const Options& options) {
  auto config = load(options);
  if (!config) return config;
  if (auto problems = unusable(*config); !problems.empty()) return tl::unexpected(std::move(problems));
  return config;
}

void describe(std::ostream& out, const std::string& what) {
  out << (what == "toml"    ? to_commented_toml(node_schema())
          : what == "apply" ? to_markdown(apply_schema(), false)
                            : to_markdown(node_schema(), true));
}

void reload(Daemon& daemon, const Options& options, Log& log) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  // systemd.service(5), Type=notify-reload wants the time of the beginning.
  notify_service_manager("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.tv_sec * 1'000'000 + now.tv_nsec / 1'000));
  if (const auto wanted = load_usable(options); wanted) {
    daemon.reload(*wanted);
  } else {
    log.error("MSO-1006",
              "The configuration has mistakes; nothing was changed, the daemon goes on as before. Correct it and send SIGHUP again.",
              {{"mistakes", to_text(wanted.error())}});
  }
  notify_service_manager("READY=1");
}

int serve(const NodeConfig& config, const Options& options, std::ostream& log_stream) {
  constexpr Millis kTick{15'000};
  const SystemClock clock;
  LiveLog log(log_stream, config.log_format, config.log_level, clock);
  log.info("MSO-1000", "Messo starts.",
           {{"version", std::string(kVersion)},
            {"node", config.name},
            {"configuration", config.file.empty() ? "embedded defaults" : config.file},
            {"data", config.folders.data.string()}});
  auto daemon = Daemon::start(config, clock, log);
  if (!daemon) {
    const Error& error = daemon.error();
    log.error("MSO-1004", "Messo cannot start: " + error.message, {{"code", error.code}, {"detail", error.detail}});
    return error.kind == ErrorKind::invalid ? kBadConfiguration : kFailed;
  }
  log.info("MSO-1001", "Messo is ready: " + (*daemon)->addresses());
  notify_service_manager("READY=1");
  for (;;) {
    const auto wish = wait_for_signal(kTick);
    if (wish == Wish::stop) break;
    wish == Wish::reload ? reload(**daemon, options, log) : (*daemon)->tick();
  }
  notify_service_manager("STOPPING=1");
  log.info("MSO-1002", "Messo stops: what is on the wire may end, nothing new is accepted.");
  (*daemon)->stop();
  log.info("MSO-1003", "Messo has stopped.");
  return kStopped;
}

int run(const Options& options, std::ostream& out, std::ostream& log_stream) {
  if (!options.describe.empty()) {
    describe(out, options.describe);
    return kStopped;
  }
  const auto config = options.print ? load(options) : load_usable(options);
  if (!config) {
    log_stream << to_text(config.error()) << '\n';
    return kBadConfiguration;
  }
  if (options.check) {
    out << (options.config.empty() ? "The embedded defaults are used: no --config FILE was given.\n"
                                   : options.config + ": the configuration is right.\n");
    return kStopped;
  }
  if (options.print) {
    out << print_node_config(*config);
    return kStopped;
  }
  block_signals();
  return serve(*config, options, log_stream);
}

}  // namespace

int run_messod(int argc, const char* const* argv, std::ostream& out, std::ostream& log_stream) {
  try {
    Options options;
    CLI::App app("messod: the Messo daemon. Without a file it works on embedded defaults, in test mode.", "messod");
    app.footer(
        "Exit codes: 0 stopped as asked, 1 failure, 2 bad configuration or usage.\nSIGTERM and SIGINT stop it, SIGHUP reads the "
        "configuration again.");
    app.add_option("-c,--config", options.config, "The configuration file (docs/configuration.md)");
    app.add_flag("--check-config", options.check, "Only check the configuration");
    app.add_flag("--print-config", options.print, "Only print what counts, defaults included");
    app.add_option("--describe", options.describe, "Only print all keys: toml (a commented file), markdown, apply")
        ->check(CLI::IsMember({"toml", "markdown", "apply"}));
    app.set_version_flag("--version", "messod " + std::string(kVersion));
    try {
      app.parse(argc, argv);
    } catch (const CLI::Success& help) {
      return app.exit(help, out, log_stream);
    } catch (const CLI::ParseError& error) {
      app.exit(error, out, log_stream);
      return kBadConfiguration;
    }
    return run(options, out, log_stream);
  } catch (const std::exception& error) {
    log_stream << "messod: this should not have happened, please report it: " << error.what() << '\n';
    return kFailed;
  }
}

}  // namespace messo
