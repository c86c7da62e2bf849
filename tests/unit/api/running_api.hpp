// The API over a memory store, with real servers on free ports and a Unix socket.
#pragma once
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "api/api.hpp"
#include "evidence/chain_keeper.hpp"
#include "store/engines.hpp"
#include "support/wait_until.hpp"
#include "unit/api/raw_client.hpp"

namespace messo::test {

struct RunningApiOptions {
  Admission admission;
  http::ListenerOptions listener;  // bounds; addresses are set
  api::ApiOptions api;
  DispatchStatus dispatch;
  std::vector<PortStatus> ports;
  api::ApplyHandler apply;
  std::function<Result<std::string>(std::string_view)> probe;
  std::function<Result<Balance>(std::string_view)> balance;
};

// Two organisations. "comune" with the services "sportello" and "anagrafe", "provincia" with "strade"; templates of "comune": "avviso"
// (courtesy; email in it and en, SMS in it), "atto" (legal; plan PEC then email), "bozza" (a draft). Providers "posta" (email) and "pec".
class RunningApi {
 public:
  explicit RunningApi(RunningApiOptions options = {});
  ~RunningApi();

  // Keys, by what they are for.
  struct Keys {
    std::string live, test, read_only, send_only, admin, other_service, other_organisation, revoked, limited;
  } keys;

  HttpAnswer call(std::string_view method, std::string_view target, std::string_view key = {}, const nlohmann::json& body = nullptr,
                  std::string_view fields = {});
  HttpAnswer admin(std::string_view method, std::string_view target, std::string_view key = {}, const nlohmann::json& body = nullptr);
  HttpAnswer socket(std::string_view method, std::string_view target, const nlohmann::json& body = nullptr);

  std::uint16_t port() const { return public_->port(); }
  std::uint16_t admin_port() const { return admin_->port(); }
  std::string socket_path() const { return (folder_ / "s").string(); }
  http::Server& public_server() { return *public_; }
  api::Api& api() { return *api_; }
  Store& store() { return *store_; }
  SystemClock& clock() { return clock_; }
  KeptRenderings& kept() { return kept_; }
  ServiceId service(std::string_view organisation, std::string_view key) const;
  // The provider "posta" runs; whether it can be asked about doubts.
  void run_posta(bool can_query);
  // Leases and ends the notification's delivery as if a provider had taken it; for Change::doubt as if the connection had broken.
  void deliver(const std::string& id, Change change = Change::sent_final);

  // Posts the legal template "atto" and has it handed over, what was sent kept as evidence, and a receipt with its original matched.
  std::string with_evidence(const std::string& as_sent);

  // Adds a version of a template to "comune", and publishes it.
  using Files = std::map<std::string, std::string, std::less<>>;
  void add_template(std::string_view key, const Files& files, bool publish = true);

  // What is wrong with a posted or previewed job about the template "avviso", or nothing.
  static nlohmann::json job();

 private:
  void seed();
  std::string add_key(DirectoryChange& change, ServiceId service, std::string name, KeyKind kind, std::initializer_list<Scope> scopes);
  HttpAnswer exchange(RawClient client, std::string_view method, std::string_view target, std::string_view key, const nlohmann::json& body,
                      std::string_view fields);

  SystemClock clock_;
  std::unique_ptr<Log> log_ = make_null_log();
  std::filesystem::path folder_;
  std::unique_ptr<Store> store_;
  TemplateCache templates_;
  KeptRenderings kept_{clock_};
  std::optional<SigningKey> signing_key_;
  std::unique_ptr<EvidenceDesk> evidence_;
  RunningApiOptions options_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<http::Server> public_, admin_, socket_;
};

inline nlohmann::json json_of(const HttpAnswer& answer) { return nlohmann::json::parse(answer.body, nullptr, false); }

}  // namespace messo::test
