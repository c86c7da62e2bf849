#include "pec/pec_channel.hpp"

#include "config_schema_json.hpp"
#include "mail/config_reading.hpp"
#include "mailbox/receipt_mailbox.hpp"
#include "pec/pec_message.hpp"
#include "pec/pec_receipts.hpp"

namespace messo::pec {
namespace {

using std::chrono::milliseconds;

Trust roots_or_throw(const std::string& file) {
  auto roots = file.empty() ? Trust::agid_ca1() : Trust::load(file);
  if (!roots) throw plugin::ConfigError("roots: " + roots.error().message);
  return std::move(*roots);
}

}  // namespace

PecChannel::PecChannel(std::string_view config_json, plugin::Host host)
    : Channel(host),
      config_(mail::or_config_error(read_config(config_json))),
      roots_(roots_or_throw(config_.roots)),
      pool_(config_.settings, config_.pool, mail::tls_for(config_.settings), host,
            {.name = "pec",
             .make_job = [this](const plugin::Message& message) { return make_job(message, config_, this->host()); },
             .taken = MESSO_PENDING}),
      poller_(mailbox::make_poller(
          config_.mailbox, [this](std::string_view eml) { return read(eml); },
          {{std::begin(worth_fetching_fields), std::end(worth_fetching_fields)}, is_worth_fetching}, host, clock_)) {}

plugin::About PecChannel::about() {
  plugin::About about;
  about.name = "pec";
  about.version = "0.1.0";
  about.channels = {"pec"};
  about.config_schema_json = kConfigSchema;
  about.preferred_batch = 8;
  about.max_batch = 64;
  return about;
}

void PecChannel::stop(milliseconds drain) {
  poller_->stop();
  pool_.stop(drain);
}

PecChannel::Report PecChannel::probe(milliseconds limit) { return mailbox::probe_both(pool_, *poller_, limit); }

void PecChannel::ack(std::string_view, const std::vector<std::string_view>& ids, milliseconds timeout) { poller_->ack(ids, timeout); }

std::optional<plugin::Receipt> PecChannel::read(std::string_view eml) const {
  return receipt_of(read_message(eml, &roots_), eml, config_.accept_external, host().now_ms());
}

}  // namespace messo::pec
