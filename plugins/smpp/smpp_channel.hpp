// The smpp plugin: short messages over sessions with an SMSC, and its delivery receipts.
#pragma once
#include "messo_channel.hpp"
#include "smpp/pool.hpp"

namespace messo::smpp {

class SmppChannel final : public plugin::Channel, public plugin::Probes, public plugin::Queries, public plugin::Measures {
 public:
  SmppChannel(std::string_view config_json, plugin::Host host);

  static plugin::About about();

  void start() override { pool_.start(); }
  bool submit(plugin::Batch batch) override { return pool_.submit(batch); }
  void stop(std::chrono::milliseconds drain) override { pool_.stop(drain); }
  Report probe(std::chrono::milliseconds limit) override { return pool_.probe(limit); }
  std::int32_t query(const messo_id& attempt, const std::vector<plugin::Reference>& references) override {
    return pool_.query(attempt, references);
  }
  // Segments, as they are paid for.
  Size measure(const plugin::Message& message) override;

 private:
  SmppPool pool_;
};

}  // namespace messo::smpp
