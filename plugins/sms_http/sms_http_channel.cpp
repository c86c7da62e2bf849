#include "sms_http/sms_http_channel.hpp"

#include <algorithm>
#include <stdexcept>

#include "config_schema_json.hpp"
#include "sms/text.hpp"
#include "sms_http/callback.hpp"

namespace messo::sms_http {
namespace {

using std::chrono::milliseconds;

Settings settings_or_error(std::string_view config_json) {
  auto settings = read_settings(config_json);
  if (!settings) throw plugin::ConfigError(settings.error().message);
  return std::move(*settings);
}

std::size_t characters_of(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

SmsHttpChannel::SmsHttpChannel(std::string_view config_json, plugin::Host host) : SmsHttpChannel(settings_or_error(config_json), host) {}

SmsHttpChannel::SmsHttpChannel(Settings settings, plugin::Host host)
    : BlockingChannel(host, {settings.connections, settings.connections}), settings_(std::move(settings)), gateway_(settings_) {}

plugin::About SmsHttpChannel::about() {
  plugin::About about;
  about.name = "sms_http";
  about.version = "0.1.0";
  about.channels = {"sms"};
  about.config_schema_json = kConfigSchema;
  about.preferred_batch = 4;
  about.max_batch = 16;
  return about;
}

void SmsHttpChannel::start() {
  if (settings_.receipts && settings_.description.callback && !settings_.expects_receipts()) {
    host().warning(
        "sms_http.no_callback_url",
        "callback_url is not set, so the gateway cannot tell what became of messages; write the provider's call-back address there");
  }
  const auto& callback = settings_.description.callback;
  if (settings_.expects_receipts() && callback->secret.render(settings_.values).empty()) {
    host().info("sms_http.calls_not_proved",
                "what the gateway's calls say is not_checked, which settles nothing unless settle_on says so; set callback_secret if the "
                "description takes one");
  }
  BlockingChannel::start();
}

plugin::Outcome SmsHttpChannel::send(const plugin::OwnedMessage& message) {
  ShortMessage sms;
  sms.to = message.to();
  sms.text = message.text("text");
  sms.sender = message.from();
  sms.reference = Gateway::reference_of(message.delivery().bytes, settings_.description.reference_length);
  const std::int64_t now = host().now_ms();
  sms.validity_seconds = (message.send_before_ms() - now) / 1000;
  if (sms.text.empty()) return plugin::refused("sms_http.no_text", "The message has no text.");
  if (settings_.description.most_characters > 0 && characters_of(sms.text) > settings_.description.most_characters)
    return plugin::refused("sms_http.too_long", "The text is longer than the provider takes.");
  // Durable before anything leaves: whatever becomes of this process, a call of the gateway finds the message.
  if (settings_.told_by_reference() && !host().expect(message.attempt(), {{"client-ref", sms.reference, 0}}))
    return plugin::try_later("sms_http.not_durable", "The hub could not write down the message's reference; nothing was sent.");
  // Before the hub gives the attempt up, so that the outcome says why.
  const milliseconds limit{std::min<std::int64_t>(message.answer_by_ms() - now - 500, 3'600'000)};
  Verdict verdict = gateway_.send(sms, limit);
  if (verdict.pause.count() > 0) {
    host().warning(verdict.outcome.code, "sending pauses for " + std::to_string(std::max<std::int64_t>(1, verdict.pause.count() / 1000)) +
                                             " s: " + verdict.reason +
                                             (verdict.outcome.private_text.empty() ? "" : " (" + verdict.outcome.private_text + ")"));
    pause(host().now_ms() + verdict.pause.count(), verdict.reason);
  }
  return std::move(verdict.outcome);
}

SmsHttpChannel::Report SmsHttpChannel::probe(milliseconds limit) {
  const auto answer = gateway_.check(limit);
  return {answer.ok, answer.sentence};
}

SmsHttpChannel::Size SmsHttpChannel::measure(const plugin::Message& message) {
  const auto measured = sms::measure(message.text("text"), sms::Policy::unicode);
  return {measured.segments, std::to_string(measured.segments) + (measured.segments == 1 ? " segment, " : " segments, ") +
                                 std::string(sms::to_string(measured.encoding))};
}

std::optional<SmsHttpChannel::Balance> SmsHttpChannel::balance(milliseconds limit) {
  const auto credit = gateway_.balance(limit);
  if (!credit && credit.error().kind == ErrorKind::not_found) return std::nullopt;
  if (!credit) throw std::runtime_error(credit.error().message);
  return Balance{credit->amount, credit->amount.empty() ? std::string() : credit->currency, credit->messages, {}};
}

SmsHttpChannel::Answer SmsHttpChannel::on_request(const Call& call) { return take_call(settings_, call, host().now_ms()); }

}  // namespace messo::sms_http
