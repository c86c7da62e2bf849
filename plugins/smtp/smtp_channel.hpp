// The smtp plugin: email over a pool of kept-alive connections to one mail server.
#pragma once
#include "mail/smtp_pool.hpp"
#include "messo_channel.hpp"
#include "smtp/smtp_config.hpp"

namespace messo::smtp {

class SmtpChannel final : public plugin::Channel, public plugin::Probes {
 public:
  SmtpChannel(std::string_view config_json, plugin::Host host);

  static plugin::About about();

  void start() override { pool_.start(); }
  bool submit(plugin::Batch batch) override { return pool_.submit(batch); }
  void stop(std::chrono::milliseconds drain) override { pool_.stop(drain); }
  Report probe(std::chrono::milliseconds limit) override { return pool_.probe(limit); }

 private:
  const SmtpConfig config_;
  mail::SmtpPool pool_;
};

}  // namespace messo::smtp
