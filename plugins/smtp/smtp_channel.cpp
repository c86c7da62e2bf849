#include "smtp/smtp_channel.hpp"

#include <stdexcept>

#include "config_schema_json.hpp"
#include "mail/config_reading.hpp"
#include "mailbox/receipt_mailbox.hpp"
#include "smtp/bounce_mailbox.hpp"
#include "smtp/smtp_message.hpp"

namespace messo::smtp {

using std::chrono::milliseconds;

SmtpChannel::SmtpChannel(std::string_view config_json, plugin::Host host)
    : Channel(host),
      config_(mail::or_config_error(read_config(config_json))),
      pool_(config_.settings, config_.pool, mail::tls_for(config_.settings), host,
            {.name = "smtp", .make_job = [this](const plugin::Message& message) { return make_job(message, config_, this->host()); }}),
      poller_(make_bounce_poller(config_, host, clock_)) {}

plugin::About SmtpChannel::about() {
  plugin::About about;
  about.name = "smtp";
  about.version = "0.1.0";
  about.channels = {"email"};
  about.config_schema_json = kConfigSchema;
  about.preferred_batch = 32;
  about.max_batch = 256;
  return about;
}

void SmtpChannel::stop(milliseconds drain) {
  if (poller_) poller_->stop();
  pool_.stop(drain);
}

SmtpChannel::Report SmtpChannel::probe(milliseconds limit) {
  return poller_ ? mailbox::probe_both(pool_, *poller_, limit) : pool_.probe(limit);
}

std::vector<SmtpChannel::Mailbox> SmtpChannel::mailboxes() {
  if (!poller_) return {};
  return {poller_->mailbox()};
}

SmtpChannel::Page SmtpChannel::poll(const Request& request) {
  if (!poller_) throw std::runtime_error("No mailbox is configured: set mailbox.host.");
  return poller_->poll(request);
}

void SmtpChannel::ack(std::string_view, const std::vector<std::string_view>& ids, milliseconds timeout) {
  if (poller_) poller_->ack(ids, timeout);
}

}  // namespace messo::smtp
