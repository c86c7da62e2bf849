// The real messod on a folder of its own, with its command line.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "scenario/support/child_process.hpp"
#include "scenario/support/http.hpp"

namespace messo::test {

class Daemon {
 public:
  // `settings` is TOML added to the configuration (whole sections other than [folders] and [listen]). Not started yet.
  explicit Daemon(std::string settings = {});
  // With TLS on the public listener: get() and post() speak HTTPS and trust `ca_file` only.
  struct Tls {
    std::filesystem::path certificate, key, ca_file;
  };
  explicit Daemon(const Tls& tls);
  ~Daemon();

  // Starts it and waits until /status answers; throws with the log's tail when it does not within 20 s.
  void start();
  void kill9() { process_.kill9(); }
  // SIGTERM and the exit status; -1 when it does not end within `limit`.
  int stop(Millis limit = Millis{30'000});
  bool running() { return process_.running(); }
  pid_t pid() const { return process_.pid(); }
  void signal(int number) const { process_.signal(number); }

  std::uint16_t port() const { return port_; }
  std::uint16_t admin_port() const { return admin_port_; }
  std::filesystem::path folder() const { return folder_.path(); }
  std::filesystem::path data() const { return folder_.path() / "data"; }
  std::filesystem::path socket() const { return data() / "messo.sock"; }
  std::filesystem::path config_file() const { return folder_.path() / "messo.toml"; }
  std::string log() const;

  // From now on get() and post() trust this authority.
  void trust(std::filesystem::path ca_file) { ca_file_ = std::move(ca_file); }

  // `messo ARGUMENTS` against this daemon's socket.
  RunResult messo(std::vector<std::string> arguments, Millis limit = Millis{60'000}) const;
  // The same; throws with its output when it fails. Returns what it printed.
  std::string must(std::vector<std::string> arguments) const;

  HttpAnswer get(const std::string& path, const std::string& key) const;
  HttpAnswer post(const std::string& path, const std::string& key, const std::string& body, std::vector<std::string> headers = {}) const;
  // Over the Unix socket, as an administrator.
  HttpAnswer admin(const std::string& method, const std::string& path, const std::string& body = {}) const;

 private:
  HttpAnswer ask(HttpRequest request, const std::string& path, const std::string& key) const;

  TempFolder folder_;
  std::uint16_t port_, admin_port_;
  std::filesystem::path ca_file_;
  ChildProcess process_;
};

// Programs and files of the build under test.
std::filesystem::path build_folder();
std::filesystem::path source_folder();

}  // namespace messo::test
