#include "api/metrics.hpp"

#include <prometheus/text_serializer.h>

#include "api/hub_figures.hpp"

namespace messo::api {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds{0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};

}  // namespace

Metrics::Metrics(Store& store, const Clock& clock, std::function<DispatchStatus()> dispatch, const DispatchMetrics* dispatch_metrics,
                 std::function<http::ConnectionGate::Counts()> connections)
    : store_(store),
      clock_(clock),
      dispatch_(std::move(dispatch)),
      dispatch_metrics_(dispatch_metrics),
      connections_(std::move(connections)) {
  auto& accepted = prometheus::BuildCounter()
                       .Name("messo_notifications_accepted_total")
                       .Help("Notifications accepted by this process")
                       .Register(registry_);
  for (const auto priority : kPriorities) {
    for (const auto kind : {KeyKind::live, KeyKind::test}) {
      accepted_[static_cast<std::size_t>(priority) * 2 + static_cast<std::size_t>(kind)] =
          &accepted.Add({{"priority", std::string(to_string(priority))}, {"mode", std::string(to_string(kind))}});
    }
  }
  refused_ = &prometheus::BuildCounter()
                  .Name("messo_notifications_refused_total")
                  .Help("Posted notifications refused, by status")
                  .Register(registry_);
  durations_ = &prometheus::BuildHistogram()
                    .Name("messo_http_request_seconds")
                    .Help("Time from the first byte of a request to the last of its answer")
                    .Register(registry_);
}

void Metrics::refused(int status) { refused_->Add({{"status", std::to_string(status)}}).Increment(); }

void Metrics::request(std::string_view method, std::string_view route, int status, double seconds) {
  const auto klass = static_cast<std::size_t>(status / 100) % 6;
  auto* histogram = series_.with([&](std::vector<Series>& all) {
    Series* found = nullptr;
    for (auto& series : all) {
      if (series.route.data() == route.data() && series.method == method) found = &series;
    }
    if (found == nullptr) found = &all.emplace_back(Series{method, route, {}});
    auto*& slot = found->by_class[klass];
    if (slot == nullptr) {
      slot = &durations_->Add({{"method", std::string(method)}, {"route", std::string(route)}, {"status", std::to_string(klass) + "xx"}},
                              kSeconds);
    }
    return slot;
  });
  histogram->Observe(seconds);
}

std::string Metrics::text() const {
  FigureSheet sheet;
  add_store_figures(sheet, store_, clock_.now());
  add_doubt_figures(sheet, store_, dispatch_ ? dispatch_() : DispatchStatus{}, clock_.now());
  if (dispatch_) add_dispatch_figures(sheet, dispatch_(), dispatch_metrics_);
  if (connections_) add_connection_figures(sheet, connections_());
  for (const auto& source : sources_) source(sheet);
  auto families = registry_.Collect();
  for (auto& family : sheet.take()) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace messo::api
