#include "scenario/support/smtp_peer_process.hpp"

#include <fstream>
#include <stdexcept>

#include "scenario/support/control_client.hpp"
#include "scenario/support/daemon.hpp"

namespace messo::test {
namespace {

std::uint64_t number_after(const std::string& json, const std::string& name) {
  const auto at = json.find("\"" + name + "\":");
  if (at == std::string::npos) throw std::runtime_error("no " + name + " in " + json);
  return std::stoull(json.substr(at + name.size() + 3));
}

}  // namespace

SmtpPeerProcess::SmtpPeerProcess(std::vector<std::string> flags) {
  const auto ready = folder_.path() / "ready";
  std::vector<std::string> command{(build_folder() / "bin/smtp_peer").string(), "--ready", ready.string()};
  command.insert(command.end(), flags.begin(), flags.end());
  process_.start(command, folder_.path() / "log");
  const bool up = wait_until([&] { return !process_.running() || std::filesystem::exists(ready); });
  std::ifstream(ready) >> port_ >> control_;
  if (!up || port_ == 0) throw std::runtime_error("smtp_peer did not come up");
}

std::string SmtpPeerProcess::tell(const std::string& command) const { return tell_control_port(control_, command); }

SmtpPeerProcess::Counts SmtpPeerProcess::counts() const {
  const auto json = tell("stats");
  return {number_after(json, "messages"), number_after(json, "unique"), number_after(json, "repeated")};
}

}  // namespace messo::test
