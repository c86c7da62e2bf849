// What the resources work with. Made by the composition root; everything outlives the API.
#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "api/caller.hpp"
#include "api/health.hpp"
#include "api/http/connection_gate.hpp"
#include "api/job_parser.hpp"
#include "api/metrics.hpp"
#include "api/service_rates.hpp"
#include "api/template_catalogue.hpp"
#include "base/log.hpp"
#include "events/event_reader.hpp"
#include "evidence/package.hpp"
#include "receipts/callback_desk.hpp"
#include "receipts/receipt_poller.hpp"
#include "store/store.hpp"
#include "template/kept_renderings.hpp"

namespace messo::api {

struct ApiOptions {
  std::string public_url;  // "https://messaggi.comune.example.it": base of links; empty: as the request's Host says
  std::string version;     // of the program
  std::string node;        // its name
  Instant started_at{};
  JobLimits job;
  HealthThresholds health;
  LogLevel access_log = LogLevel::debug;  // one line per request at this level
};

// Applies the JSON form of the directory document; returns the answer's body ("changes", ...). `actor` for the audit.
using ApplyHandler = std::function<Result<nlohmann::json>(const nlohmann::json& document, bool dry_run, const std::string& actor)>;

struct ApiParts {
  Store& store;
  TemplateCache& templates;
  const Clock& clock;
  Log& log;
  std::function<DispatchStatus()> dispatch = {};                   // may be empty
  std::function<std::vector<PortStatus>()> ports = {};             // may be empty
  const DispatchMetrics* dispatch_metrics = nullptr;               // may be null
  std::function<void()> accepted = {};                             // bell after an accept; may be empty
  std::function<void()> changed = {};                              // bell after a directory change or a decision; may be empty
  ApplyHandler apply = {};                                         // may be empty
  std::function<http::ConnectionGate::Counts()> connections = {};  // of all listeners; may be empty
  // Tries a running provider's account, as ProviderRegistry::probe; blocks. May be empty.
  std::function<Result<std::string>(std::string_view provider)> probe = {};
  // What is left on its account, as ProviderRegistry::balance; blocks. May be empty.
  std::function<Result<Balance>(std::string_view provider)> balance = {};
  CallbackDesk* callbacks = nullptr;      // may be null
  ReceiptPoller* poller = nullptr;        // may be null
  const ReceiptDesk* receipts = nullptr;  // may be null
  KeptRenderings* kept = nullptr;         // for dispatch; may be null
  EvidenceDesk* evidence = nullptr;       // may be null
};

// The API's own state beside the parts.
class Hub {
 public:
  Hub(ApiParts given, ApiOptions chosen);

  const ApiParts parts;
  const ApiOptions options;
  KeyRing keys;
  ServiceRates rates;
  TemplateCatalogue catalogue;
  Metrics metrics;
  EventBell events;  // rung after accepts here, and by whoever commits events elsewhere
  EventReader event_reader;

  // The verdict of at most a second ago.
  HealthVerdict health();
  HealthFacts facts() const;
  DispatchStatus dispatch_status() const { return parts.dispatch ? parts.dispatch() : DispatchStatus{}; }
  std::vector<PortStatus> port_status() const { return parts.ports ? parts.ports() : std::vector<PortStatus>{}; }
  void ring_accepted() const {
    if (parts.accepted) parts.accepted();
  }
  void ring_changed() const {
    if (parts.changed) parts.changed();
  }

 private:
  struct Judged {
    Steady at{};
    HealthVerdict verdict;
    bool known = false;
  };
  Guarded<Judged> judged_;
};

}  // namespace messo::api
