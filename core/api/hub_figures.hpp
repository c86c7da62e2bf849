// Gauges and counters that are read from store and dispatch when somebody asks.
#pragma once
#include <prometheus/metric_family.h>

#include <span>
#include <vector>

#include "api/http/connection_gate.hpp"
#include "channel/provider_registry.hpp"
#include "dispatch/dispatcher.hpp"
#include "store/store.hpp"

namespace messo::api {

// Collects families one sample at a time.
class FigureSheet {
 public:
  using Labels = std::vector<prometheus::ClientMetric::Label>;
  void gauge(const std::string& name, const std::string& help, double value, Labels labels = {});
  void counter(const std::string& name, const std::string& help, double value, Labels labels = {});
  // `counts`: not cumulative, one more than there are bounds.
  void histogram(const std::string& name, const std::string& help, std::span<const double> bounds, std::span<const std::uint64_t> counts,
                 double sum, Labels labels = {});
  std::vector<prometheus::MetricFamily> take() { return std::move(families_); }

 private:
  prometheus::MetricFamily& family(const std::string& name, const std::string& help, prometheus::MetricType type);
  std::vector<prometheus::MetricFamily> families_;
};

void add_store_figures(FigureSheet& sheet, Store& store, Instant now);
// By provider; `status` names those without any.
void add_doubt_figures(FigureSheet& sheet, Store& store, const DispatchStatus& status, Instant now);
void add_dispatch_figures(FigureSheet& sheet, const DispatchStatus& status, const DispatchMetrics* metrics);
// Of plugins in a process of their own.
void add_process_figures(FigureSheet& sheet, const std::vector<PortStatus>& ports);
void add_connection_figures(FigureSheet& sheet, const http::ConnectionGate::Counts& counts);

}  // namespace messo::api
