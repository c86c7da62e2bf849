#include "pec/pec_channel.hpp"

#include "config_schema_json.hpp"
#include "pec/pec_message.hpp"
#include "pec/pec_receipts.hpp"

namespace messo::pec {
namespace {

using plugin::ConfigError;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

PecConfig config_or_throw(std::string_view config_json) {
  auto config = read_config(config_json);
  if (!config) throw ConfigError(config.error().message);
  return std::move(*config);
}

Trust roots_or_throw(const std::string& file) {
  auto roots = file.empty() ? Trust::agid_ca1() : Trust::load(file);
  if (!roots) throw ConfigError("roots: " + roots.error().message);
  return std::move(*roots);
}

}  // namespace

PecChannel::PecChannel(std::string_view config_json, plugin::Host host)
    : Channel(host),
      config_(config_or_throw(config_json)),
      roots_(roots_or_throw(config_.roots)),
      pool_(config_.settings, config_.pool, mail::tls_for(config_.settings), host,
            {.name = "pec",
             .make_job = [this](const plugin::Message& message) { return make_job(message, config_, this->host()); },
             .taken = MESSO_PENDING}) {
  mailbox::Poller::Parts parts;
  parts.reader = [this](std::string_view eml) { return read(eml); };
  parts.headers.fields.assign(std::begin(worth_fetching_fields), std::end(worth_fetching_fields));
  parts.headers.is_wanted = is_worth_fetching;
  parts.log = [this](messo_log_level level, std::string_view id, std::string_view text) { this->host().log(level, id, text); };
  auto poller = mailbox::Poller::make(config_.mailbox, std::move(parts), clock_);
  if (!poller) throw ConfigError(poller.error().message);
  poller_ = std::move(*poller);
}

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

PecChannel::Report PecChannel::probe(milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  auto sending = pool_.probe(limit / 2);
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
  const auto receiving = poller_->probe(std::max(left, milliseconds{1000}));
  return {sending.ok && receiving.ok, "Sending: " + sending.sentence + " Mailbox: " + receiving.sentence};
}

void PecChannel::ack(std::string_view, const std::vector<std::string_view>& ids, milliseconds timeout) { poller_->ack(ids, timeout); }

mailbox::Reading PecChannel::read(std::string_view eml) const {
  mailbox::Reading out;
  if (auto receipt = receipt_of(read_message(eml, &roots_), eml, config_.accept_external, host().now_ms()))
    out.receipts.push_back(std::move(*receipt));
  return out;
}

}  // namespace messo::pec
