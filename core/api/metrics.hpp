// Figures for Prometheus; each carries its own help text.
#pragma once
#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/http/connection_gate.hpp"
#include "dispatch/dispatcher.hpp"
#include "model/words.hpp"
#include "store/store.hpp"

namespace messo::api {

class FigureSheet;  // hub_figures.hpp

// Thread-safe.
class Metrics {
 public:
  Metrics(Store& store, const Clock& clock, std::function<DispatchStatus()> dispatch, const DispatchMetrics* dispatch_metrics,
          std::function<http::ConnectionGate::Counts()> connections);

  void accepted(Priority priority, KeyKind kind) {
    accepted_[static_cast<std::size_t>(priority) * 2 + static_cast<std::size_t>(kind)]->Increment();
  }
  void refused(int status);
  // `route` is a pattern, never a path; it must live for ever.
  void request(std::string_view method, std::string_view route, int status, double seconds);

  // Adds what `source` says at every reading. Before the first one.
  void add_source(std::function<void(FigureSheet&)> source) { sources_.push_back(std::move(source)); }

  // Prometheus text format 0.0.4. Asks the store and dispatch; cheap.
  std::string text() const;

 private:
  struct Series {
    std::string_view method, route;
    std::array<prometheus::Histogram*, 6> by_class{};  // by status / 100
  };
  prometheus::Registry registry_;
  std::array<prometheus::Counter*, 8> accepted_{};
  prometheus::Family<prometheus::Counter>* refused_ = nullptr;
  prometheus::Family<prometheus::Histogram>* durations_ = nullptr;
  Guarded<std::vector<Series>> series_;  // one per route

  Store& store_;
  const Clock& clock_;
  std::function<DispatchStatus()> dispatch_;
  const DispatchMetrics* dispatch_metrics_;
  std::function<http::ConnectionGate::Counts()> connections_;
  std::vector<std::function<void(FigureSheet&)>> sources_;
};

}  // namespace messo::api
