#include "api/hub_figures.hpp"

#include <algorithm>
#include <limits>

namespace messo::api {
namespace {

double number(std::uint64_t value) { return static_cast<double>(value); }

}  // namespace

prometheus::MetricFamily& FigureSheet::family(const std::string& name, const std::string& help, prometheus::MetricType type) {
  const auto at = std::find_if(families_.begin(), families_.end(), [&](const auto& f) { return f.name == name; });
  if (at != families_.end()) return *at;
  families_.push_back({name, help, type, {}});
  return families_.back();
}
void FigureSheet::gauge(const std::string& name, const std::string& help, double value, Labels labels) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = value;
  family(name, help, prometheus::MetricType::Gauge).metric.push_back(std::move(metric));
}
void FigureSheet::counter(const std::string& name, const std::string& help, double value, Labels labels) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  metric.counter.value = value;
  family(name, help, prometheus::MetricType::Counter).metric.push_back(std::move(metric));
}
void FigureSheet::histogram(const std::string& name, const std::string& help, std::span<const double> bounds,
                            std::span<const std::uint64_t> counts, double sum, Labels labels) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    below += counts[i];
    metric.histogram.bucket.push_back({below, i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity()});
  }
  metric.histogram.sample_count = below;
  metric.histogram.sample_sum = sum;
  family(name, help, prometheus::MetricType::Histogram).metric.push_back(std::move(metric));
}

void add_store_figures(FigureSheet& sheet, Store& store, Instant now) {
  const auto health = store.health();
  sheet.gauge("messo_store_writable", "1 while the store can be written", health.writable ? 1 : 0);
  sheet.gauge("messo_store_free_bytes", "Free bytes on the store's disk", number(health.bytes_free));
  sheet.gauge("messo_store_used_bytes", "Bytes of database and write-ahead log", number(health.bytes_used));
  sheet.gauge("messo_store_commit_seconds", "Commit latency over the last few thousand commits", health.commit_p50_ms / 1000,
              {{"quantile", "0.5"}});
  sheet.gauge("messo_store_commit_seconds", "Commit latency over the last few thousand commits", health.commit_p99_ms / 1000,
              {{"quantile", "0.99"}});
  sheet.counter("messo_store_commits_total", "Groups committed", number(health.commits));
  sheet.counter("messo_store_writes_total", "Calls committed in those groups", number(health.writes));
  if (const auto books = store.ledger().books()) {
    sheet.counter("messo_deliveries_accepted_total", "Deliveries accepted since the store was made", number(books->accepted));
    sheet.gauge("messo_deliveries_open", "Deliveries not ended yet", number(books->open));
    for (const auto& [result, count] : books->closed) {
      sheet.counter("messo_deliveries_closed_total", "Deliveries ended since the store was made, by result", number(count),
                    {{"result", std::string(to_string(result))}});
    }
  }
  const auto depths = store.ledger().depths(now);
  if (!depths) return;
  for (const auto& depth : *depths) {
    const auto at = [&](std::string phase) {
      return FigureSheet::Labels{{"pool", depth.pool}, {"priority", std::string(to_string(depth.priority))}, {"phase", std::move(phase)}};
    };
    sheet.gauge("messo_queue_depth", "Open deliveries by pool, priority and phase", number(depth.waiting), at("waiting"));
    sheet.gauge("messo_queue_depth", "", number(depth.in_hand), at("in_hand"));
    sheet.gauge("messo_queue_depth", "", number(depth.awaiting_receipt), at("awaiting_receipt"));
    sheet.gauge("messo_queue_depth", "", number(depth.in_doubt), at("in_doubt"));
    const double age = depth.oldest_due ? std::max(0.0, std::chrono::duration<double>(now - *depth.oldest_due).count()) : 0.0;
    sheet.gauge("messo_queue_oldest_seconds", "Age of the oldest due delivery", age,
                {{"pool", depth.pool}, {"priority", std::string(to_string(depth.priority))}});
  }
}

void add_doubt_figures(FigureSheet& sheet, Store& store, const DispatchStatus& status, Instant now) {
  const auto figures = store.doubts().figures();
  if (!figures) return;
  const auto directory = store.directory().snapshot();
  const auto line = [&](const std::string& key, std::uint64_t count, std::uint64_t held, double age) {
    sheet.gauge("messo_doubts", "Messages in doubt, by provider", number(count), {{"provider", key}});
    sheet.gauge("messo_doubts_held", "Of them, those whose provider is not asked any more", number(held), {{"provider", key}});
    sheet.gauge("messo_doubts_oldest_seconds", "How long the oldest of them has been in doubt", age, {{"provider", key}});
  };
  for (const auto& one : *figures) {
    const auto known = directory->providers.find(one.provider);
    line(known == directory->providers.end() ? one.provider.to_string() : known->second.key, one.count, one.held,
         std::max(0.0, std::chrono::duration<double>(now - one.oldest).count()));
  }
  // A running provider without doubts says 0: an alert needs a series that goes back.
  for (const auto& provider : status.providers) {
    if (std::none_of(figures->begin(), figures->end(), [&](const auto& one) { return one.provider == provider.id; }))
      line(provider.key, 0, 0, 0);
  }
}

void add_process_figures(FigureSheet& sheet, const std::vector<PortStatus>& ports) {
  for (const auto& port : ports) {
    if (port.isolation != Isolation::process) continue;
    sheet.gauge("messo_provider_process_up", "1 while the plugin's own process runs", port.figures.process > 0 ? 1 : 0,
                {{"provider", port.key}});
    sheet.counter("messo_provider_restarts_total", "Times the plugin's own process ended and was started again",
                  number(port.figures.restarts), {{"provider", port.key}});
  }
}

void add_dispatch_figures(FigureSheet& sheet, const DispatchStatus& status, const DispatchMetrics* metrics) {
  sheet.gauge("messo_dispatch_in_hand", "Messages with providers", status.in_hand);
  sheet.gauge("messo_dispatch_waiting_outcomes", "Outcomes answered but not durable yet", number(status.waiting_outcomes));
  for (const auto& provider : status.providers) {
    const FigureSheet::Labels labels{{"provider", provider.key}, {"pool", provider.pool}};
    const bool takes = provider.gate == Gate::open || provider.gate == Gate::rate || provider.gate == Gate::full;
    sheet.gauge("messo_provider_up", "1 while the provider takes messages", takes ? 1 : 0, labels);
    sheet.gauge("messo_provider_in_hand", "Messages in the provider's hands", provider.in_hand, labels);
    sheet.gauge("messo_provider_share", "Part of its weight that counts now: less than 1 while it fails or is slow, and for a while after",
                provider.share, labels);
    sheet.gauge("messo_provider_granted", "Messages the provider is willing to hold", provider.granted, labels);
  }
  if (metrics == nullptr) return;
  const auto total = [&](const char* name, const char* help, const std::atomic<std::uint64_t>& value) {
    sheet.counter(name, help, number(value.load()));
  };
  total("messo_dispatch_leased_total", "Messages leased", metrics->leased);
  total("messo_dispatch_rendered_total", "Messages rendered", metrics->rendered);
  total("messo_dispatch_render_failed_total", "Messages that could not be rendered", metrics->render_failed);
  total("messo_dispatch_recorded_total", "Outcomes made durable", metrics->recorded);
  total("messo_dispatch_store_errors_total", "Calls to the store that failed", metrics->store_errors);
  total("messo_dispatch_isolated_total", "Messages sent alone because two crashes found them in hand", metrics->isolated);
  total("messo_doubt_questions_total", "Questions to providers about messages in doubt", metrics->questions);
  total("messo_doubt_questions_failed_total", "Of them, those that could not be put", metrics->questions_failed);
  total("messo_dispatch_expired_total", "Deliveries that expired waiting", metrics->expired);
  const auto late = metrics->late_acceptances.copy();
  sheet.gauge("messo_pec_acceptance_late",
              "Certified messages handed over whose provider has not accepted them in time; at most 1000 are counted", number(late.count));
  const auto key_of = [&](ProviderId id) {
    const auto at = std::find_if(status.providers.begin(), status.providers.end(), [&](const auto& p) { return p.id == id; });
    return at == status.providers.end() ? id.to_string() : at->key;
  };
  metrics->providers.with([&](const std::map<ProviderId, ProviderCounters>& providers) {
    for (const auto& [id, counters] : providers) {
      const auto key = key_of(id);
      for (std::size_t kind = 1; kind < counters.outcomes.size(); ++kind) {
        sheet.counter("messo_provider_outcomes_total", "First outcomes by provider", number(counters.outcomes[kind]),
                      {{"provider", key}, {"outcome", std::string(to_string(static_cast<OutcomeKind>(kind)))}});
      }
      sheet.counter("messo_provider_submitted_total", "Messages handed over", number(counters.submitted), {{"provider", key}});
      sheet.counter("messo_provider_throttled_total", "Outcomes that asked to slow down", number(counters.throttled), {{"provider", key}});
      sheet.counter("messo_provider_breaker_openings_total", "Times its circuit breaker opened", number(counters.breaker_openings),
                    {{"provider", key}});
      if (counters.sms_segments > 0) {
        sheet.counter("messo_provider_sms_segments_total", "Segments of the SMS it took", number(counters.sms_segments),
                      {{"provider", key}});
        sheet.counter("messo_provider_sms_cost_euro_total", "What they cost at its price", number(counters.sms_cost) / 1e6,
                      {{"provider", key}});
      }
      const auto& took = counters.outcome_seconds;
      sheet.histogram("messo_provider_outcome_seconds", "From the hand-over to the provider's first answer", took.bounds(), took.counts(),
                      took.sum(), {{"provider", key}});
      sheet.counter("messo_provider_late_total", "Answers after somebody else decided", number(counters.late), {{"provider", key}});
    }
  });
}

void add_connection_figures(FigureSheet& sheet, const http::ConnectionGate::Counts& counts) {
  sheet.gauge("messo_http_connections", "Open connections", number(counts.open));
  sheet.counter("messo_http_connections_refused_total", "Connections refused at the cap", number(counts.refused));
  sheet.counter("messo_http_connections_evicted_total", "Waiting connections closed to make room", number(counts.evicted));
  sheet.counter("messo_http_connections_late_total", "Deadlines missed by peers", number(counts.late));
}

}  // namespace messo::api
