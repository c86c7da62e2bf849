#include "mailbox/receipt_mailbox.hpp"

#include "base/hash.hpp"
#include "mail/config_reading.hpp"

namespace messo::mailbox {
namespace {

constexpr std::size_t kLongestOwnId = 200;

}  // namespace

std::unique_ptr<Poller> make_poller(const Settings& settings, ReceiptReader reader, HeaderRule headers, plugin::Host host,
                                    const Clock& clock) {
  Poller::Parts parts;
  parts.reader = [reader = std::move(reader)](std::string_view eml) {
    Reading out;
    if (auto receipt = reader(eml)) out.receipts.push_back(std::move(*receipt));
    return out;
  };
  parts.headers = std::move(headers);
  parts.log = [host](messo_log_level level, std::string_view id, std::string_view text) { host.log(level, id, text); };
  return mail::or_config_error(Poller::make(settings, std::move(parts), clock));
}

plugin::Probes::Report probe_both(mail::SmtpPool& pool, Poller& poller, Millis limit) {
  const auto deadline = Steady::clock::now() + limit;
  const auto sending = pool.probe(limit / 2);
  const auto left = std::chrono::duration_cast<Millis>(deadline - Steady::clock::now());
  const auto receiving = poller.probe(std::max(left, Millis{1'000}));
  return {sending.ok && receiving.ok, "Sending: " + sending.sentence + " Mailbox: " + receiving.sentence};
}

std::string dedupe_key(const std::string& own_message_id, std::string_view eml) {
  if (!own_message_id.empty() && own_message_id.size() <= kLongestOwnId) return "mid:" + own_message_id;
  const auto digest = sha256(eml);
  return "sha256:" + to_hex(as_text(digest));
}

}  // namespace messo::mailbox
