#include "smpp/smpp_channel.hpp"

#include <fmt/format.h>

#include "config_schema_json.hpp"
#include "mail/config_reading.hpp"
#include "sms/text.hpp"

namespace messo::smpp {

SmppChannel::SmppChannel(std::string_view config_json, plugin::Host host)
    : Channel(host), pool_(mail::or_config_error(read_settings(config_json)), host) {}

plugin::About SmppChannel::about() {
  plugin::About about;
  about.name = "smpp";
  about.version = "0.1.0";
  about.channels = {"sms"};
  about.config_schema_json = kConfigSchema;
  about.preferred_batch = 32;
  about.max_batch = 256;
  return about;
}

SmppChannel::Size SmppChannel::measure(const plugin::Message& message) {
  // The hub has applied the template's policy: what it hands over goes out as it is.
  const auto measured = sms::measure(message.text("text"), sms::Policy::unicode);
  if (measured.segments > sms::kMostParts) throw plugin::ConfigError("The text takes more than 255 parts: shorten it.");
  return {measured.segments,
          fmt::format("{} segments in {}, {} units", measured.segments, sms::to_string(measured.encoding), measured.units)};
}

}  // namespace messo::smpp
