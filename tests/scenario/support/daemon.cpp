#include "scenario/support/daemon.hpp"

#include <signal.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace messo::test {
namespace {

std::string tail(const std::string& text, std::size_t bytes) {
  return text.size() > bytes ? "..." + text.substr(text.size() - bytes) : text;
}

}  // namespace

std::filesystem::path build_folder() { return MESSO_BUILD_DIR; }
std::filesystem::path source_folder() { return MESSO_SOURCE_DIR; }

Daemon::Daemon(std::string settings) : port_(free_port()), admin_port_(free_port()) {
  std::ofstream config(config_file());
  config << "[folders]\ndata = \"" << data().string() << "\"\nplugins = \"" << (build_folder() / "plugins").string() << "\"\n"
         << "[listen]\npublic = \"127.0.0.1:" << port_ << "\"\nadmin = \"127.0.0.1:" << admin_port_ << "\"\n"
         << settings << "\n";
}

Daemon::Daemon(const Tls& tls)
    : Daemon("[listen.tls]\ncertificate = \"" + tls.certificate.string() + "\"\nkey = \"" + tls.key.string() + "\"\n") {
  ca_file_ = tls.ca_file;
}

Daemon::~Daemon() {
  if (process_.running()) stop();
}

void Daemon::start() {
  process_.start({(build_folder() / "bin/messod").string(), "--config", config_file().string()}, folder() / "messod.log");
  const bool up = wait_until([this] { return !process_.running() || get("/status", "").status == 200; });
  if (!up || !process_.running()) throw std::runtime_error("messod did not come up:\n" + tail(log(), 4'000));
}

int Daemon::stop(Millis limit) {
  process_.signal(SIGTERM);
  return process_.wait(limit).value_or(-1);
}

std::string Daemon::log() const {
  std::ifstream in(folder() / "messod.log");
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

RunResult Daemon::messo(std::vector<std::string> arguments, Millis limit) const {
  std::vector<std::string> command{(build_folder() / "bin/messo").string(), "--socket", socket().string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command, {}, limit);
}

std::string Daemon::must(std::vector<std::string> arguments) const {
  const auto result = messo(arguments);
  if (result.status == 0) return result.out;
  std::string line = "messo";
  for (const auto& word : arguments) line += " " + word;
  throw std::runtime_error(line + " ended with " + std::to_string(result.status) + ":\n" + result.out + result.err + "\n" +
                           tail(log(), 2'000));
}

HttpAnswer Daemon::ask(HttpRequest request, const std::string& path, const std::string& key) const {
  request.url = (ca_file_.empty() ? "http" : "https") + ("://127.0.0.1:" + std::to_string(port_)) + path;
  request.ca_file = ca_file_;
  if (!key.empty()) request.headers.push_back("Authorization: Bearer " + key);
  return http(request);
}

HttpAnswer Daemon::get(const std::string& path, const std::string& key) const { return ask({}, path, key); }

HttpAnswer Daemon::post(const std::string& path, const std::string& key, const std::string& body, std::vector<std::string> headers) const {
  headers.push_back("Content-Type: application/json");
  return ask({.method = "POST", .url = {}, .headers = std::move(headers), .body = body}, path, key);
}

HttpAnswer Daemon::admin(const std::string& method, const std::string& path, const std::string& body) const {
  return http({.method = method,
               .url = "http://localhost" + path,
               .headers = {"Content-Type: application/json"},
               .body = body,
               .unix_socket = socket()});
}

}  // namespace messo::test
