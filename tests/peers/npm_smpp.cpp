#include "peers/npm_smpp.hpp"

#include <stdexcept>

#include "scenario/support/daemon.hpp"

namespace messo::peers {
namespace {

using Json = nlohmann::json;

std::map<std::string, std::string> npm_environment() {
  return {{"NODE_PATH", (test::source_folder() / ".cache/npm-peers/node_modules").string()}};
}

std::vector<std::string> npm_program(const std::string& script) {
  return {"/usr/bin/env", "node", (test::source_folder() / "tests/peers/npm" / script).string()};
}

std::vector<std::string> smsc_command(const Json& settings, TestAuthority* authority) {
  auto command = npm_program("smsc.cjs");
  command.insert(command.end(), {"--set", settings.dump()});
  if (authority == nullptr) return command;
  const auto files = authority->issue("localhost", "DNS:localhost,IP:127.0.0.1");
  command.insert(command.end(), {"--tls-key", files.key, "--tls-cert", files.certificate});
  return command;
}

}  // namespace

std::optional<std::string> npm_smpp_missing() {
  if (std::filesystem::exists(test::source_folder() / ".cache/npm-peers/node_modules/smpp/package.json")) return std::nullopt;
  return "the npm package smpp is missing: packaging/install-deps test";
}

NpmSmsc::NpmSmsc(const Json& settings, bool tls)
    : authority_(tls ? std::make_unique<TestAuthority>() : nullptr),
      process_(smsc_command(settings, authority_.get()), npm_environment()) {}

Json NpmSmsc::tell(const std::string& command, Json values) const {
  values["do"] = command;
  auto answer = Json::parse(process_.tell(values.dump()));
  if (answer.contains("error")) throw std::runtime_error("SMSC: " + answer.at("error").get<std::string>());
  return std::move(answer.at("ok"));
}

Json run_npm_esme(const Json& story) {
  auto command = npm_program("esme.cjs");
  command.push_back(story.dump());
  const auto done = test::run(command, npm_environment());
  if (const auto said = Json::parse(done.out, nullptr, false); !said.is_discarded()) return said;
  throw std::runtime_error("the client said no JSON: " + done.out + done.err);
}

}  // namespace messo::peers
