// A channel to copy: it appends each message as one line of JSON to a file. Read it with docs/plugins.md beside you; what a real channel
// replaces is the inside of LineFile and the classification in send().
#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>

#include "config_schema_json.hpp"
#include "messo_channel.hpp"

namespace {

using namespace messo::plugin;
using nlohmann::json;

// [docs:config]
// Configuration arrives validated against schema.json, with defaults filled in and secrets in place, so this only has to read it.
struct Config {
  std::string path;
  unsigned threads = 2;

  static Config from(std::string_view config_json) {
    const json tree = json::parse(config_json);
    Config config;
    config.path = tree.at("path").get<std::string>();
    config.threads = tree.value("threads", 2U);
    // What a schema cannot say is checked here; the sentence names the field and the remedy, and an administrator reads it.
    if (config.path.front() != '/')
      throw ConfigError("path: must be absolute, because the daemon's working folder may change; write /var/...");
    return config;
  }
};
// [docs:config end]

// The transport. A real one holds connections; it knows nothing of the hub.
class LineFile {
 public:
  explicit LineFile(std::string path) : path_(std::move(path)) {}

  // 0 or errno. One write per line: lines of several threads do not mix (POSIX.1-2017 write, O_APPEND).
  int append(const std::string& line) const {
    const int file = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return errno;
    const ssize_t written = ::write(file, line.data(), line.size());
    const int problem = written < 0 ? errno : 0;
    ::close(file);
    if (problem == 0 && static_cast<std::size_t>(written) != line.size()) return EIO;
    return problem;
  }

 private:
  std::string path_;
};

// [docs:class]
class TemplateChannel final : public BlockingChannel, public Probes {
 public:
  TemplateChannel(std::string_view config_json, Host host) : TemplateChannel(Config::from(config_json), host) {}

  static About about() {
    About about;
    about.name = "template";  // the name of the library, without .so
    about.version = "0.1.0";
    about.channels = {"email", "webhook"};
    about.config_schema_json = kConfigSchema;  // schema.json beside this file
    about.preferred_batch = 8;
    about.max_batch = 16;
    about.simulated = true;  // nothing leaves this machine; a real channel drops this line
    return about;
  }
  // [docs:class end]

  // [docs:send]
  Outcome send(const OwnedMessage& message) override {
    json line{{"id", to_string(message.delivery())}, {"to", message.to()}, {"text", message.text("text")}};
    for (std::size_t i = 0; i < message.attachment_count(); ++i) {
      const auto bytes = host().read_attachment(message.attempt(), message.attachment(i));
      if (!bytes) return try_later("template.attachment_unreadable", "An attachment could not be read.");
      line["attachments"].push_back({{"name", message.attachment(i).name}, {"size", bytes->size()}});
    }
    const int problem = file_.append(line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
    if (problem == 0) return sent("template.written");
    if (problem == ENOSPC) return try_later("template.disk_full", "The disk is full.").about(MESSO_SCOPE_PROVIDER);
    if (problem == EIO) return unknown("template.io", "The line may have been written in part.");
    // Not this message's fault: nothing will get through until somebody acts, so ask the hub to wait, and say why.
    pause(host().now_ms() + 30'000,
          std::string("path: cannot be written: ") + std::generic_category().message(problem) + "; check the folder and its rights");
    return try_later("template.cannot_write", "The provider is not reachable.").about(MESSO_SCOPE_PROVIDER).slow_down();
  }
  // [docs:send end]

  // [docs:probe]
  Report probe(std::chrono::milliseconds) override {
    const int problem = file_.append("");
    if (problem == 0) return {true, "The file can be written."};
    return {false, std::string("path: cannot be written: ") + std::generic_category().message(problem)};
  }
  // [docs:probe end]

 private:
  TemplateChannel(const Config& config, Host host) : BlockingChannel(host, {config.threads, 14}), file_(config.path) {}

  LineFile file_;
};

}  // namespace

// [docs:export]
MESSO_EXPORT_CHANNEL(TemplateChannel)
// [docs:export end]
