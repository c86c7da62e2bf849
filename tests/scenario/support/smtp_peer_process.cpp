#include "scenario/support/smtp_peer_process.hpp"

#include <stdexcept>

namespace messo::test {
namespace {

std::uint64_t number_after(const std::string& json, const std::string& name) {
  const auto at = json.find("\"" + name + "\":");
  if (at == std::string::npos) throw std::runtime_error("no " + name + " in " + json);
  return std::stoull(json.substr(at + name.size() + 3));
}

}  // namespace

SmtpPeerProcess::Counts SmtpPeerProcess::counts() const {
  const auto json = tell("stats");
  return {number_after(json, "messages"), number_after(json, "unique"), number_after(json, "repeated")};
}

}  // namespace messo::test
