#include "smtp/bounce_mailbox.hpp"

namespace messo::smtp {

// Mail is read with GMime only.
std::unique_ptr<mailbox::Poller> make_bounce_poller(const SmtpConfig& config, const plugin::Host&, const Clock&) {
  if (config.mailbox) throw plugin::ConfigError("mailbox: this plugin was built without GMime (MESSO_GMIME) and cannot read bounces.");
  return {};
}

}  // namespace messo::smtp
