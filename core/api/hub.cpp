#include "api/hub.hpp"

#include "api/receipt_figures.hpp"
#include "api/sms_usage.hpp"

namespace messo::api {

Hub::Hub(ApiParts given, ApiOptions chosen)
    : parts(std::move(given)),
      options(std::move(chosen)),
      keys(parts.store.directory()),
      catalogue(parts.store.templates(), parts.templates),
      metrics(parts.store, parts.clock, parts.dispatch, parts.dispatch_metrics, parts.connections),
      event_reader(parts.store.ledger(), events) {
  metrics.add_source([this](FigureSheet& sheet) { add_receipt_figures(sheet, parts); });
  metrics.add_source([this](FigureSheet& sheet) { add_sms_figures(sheet, parts); });
  metrics.add_source([this](FigureSheet& sheet) { add_process_figures(sheet, port_status()); });
}

HealthFacts Hub::facts() const {
  HealthFacts facts;
  facts.now = parts.clock.now();
  facts.store = parts.store.health();
  facts.admission = parts.store.admission();
  if (auto depths = parts.store.ledger().depths(facts.now)) {
    facts.depths = *std::move(depths);
  } else {
    facts.depths_known = false;
  }
  if (auto receipts = parts.store.receipts().figures(facts.now - options.health.unmatched_age)) facts.receipts = *receipts;
  if (parts.poller != nullptr) facts.mailboxes = parts.poller->status();
  if (parts.dispatch_metrics != nullptr) facts.acceptances = parts.dispatch_metrics->late_acceptances.copy();
  if (auto doubts = parts.store.doubts().figures()) facts.doubts = *std::move(doubts);
  facts.dispatch = dispatch_status();
  facts.ports = port_status();
  return facts;
}

HealthVerdict Hub::health() {
  // Anybody may ask, as often as they like: the question must stay cheap.
  const auto now = parts.clock.steady();
  const auto recent = judged_.with([&](const Judged& j) -> std::optional<HealthVerdict> {
    if (!j.known || now - j.at > Millis(1000)) return {};
    return j.verdict;
  });
  if (recent) return *recent;
  auto verdict = judge(facts(), options.health);
  judged_.with([&](Judged& j) { j = {now, verdict, true}; });
  return verdict;
}

}  // namespace messo::api
