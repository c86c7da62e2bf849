// One mailbox behind receipts.poll/1 (messo_channel.h): a plugin that derives from plugin::PollsReceipts owns a Poller for each of its
// mailboxes and hands calls through.
//
// IMAP (RFC 3501, 9051): EXAMINE, so that nothing is ever marked by reading; the cursor is UIDVALIDITY and the last UID handed out. A
// changed UIDVALIDITY begins the mailbox anew: the hub's seen items and the receipts' dedupe keys keep what comes again from counting
// twice. Size and chosen header fields first, bodies by BODY.PEEK[] in batches. SELECT only for what `after` says. POP3 (RFC 1939): UIDL;
// the cursor is how many of the listing's first messages are done and their digest. Where that beginning has changed (somebody deleted a
// message while nobody looked) the mailbox is read anew and the hub sets aside what it knows. TOP first, then RETR.
//
// One bad message never stops a mailbox: what is too large ("mailbox.too_large"), refused by the server ("mailbox.fetch_refused"), answered
// in a way that cannot be read ("mailbox.bad_answer"), breaks the connection three times ("mailbox.breaks_connection") or cannot be read by
// the Reader is handed out as a failed item; the hub tries again and puts it in quarantine. A page holds about 16 MiB of messages at most.
// A connection that breaks within a page ends the page where it was: what is complete counts.
//
// With IDLE a poll that found nothing stays until something comes or most of its time is over; mailbox() then names a short interval, so
// that the hub asks again at once and a new message is seen within a second. Without it the interval is the configured one.
//
// A refused sign-in pauses the mailbox (providers lock accounts): polls fail at once with the sentence that says so, until the pause is
// over or the settings change, which makes a new Poller.
#pragma once
#include <memory>

#include "base/time.hpp"
#include "mailbox/reader.hpp"
#include "mailbox/settings.hpp"

namespace messo::mailbox {

class Poller {
 public:
  struct Parts {
    Reader reader;
    HeaderRule headers;
    LogLine log;  // may be empty
  };

  // No network. `clock` must outlive it. Error: invalid, when ca_file cannot be read.
  static Result<std::unique_ptr<Poller>> make(Settings settings, Parts parts, const Clock& clock);
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // As PollsReceipts::mailboxes() names it. Any thread.
  plugin::PollsReceipts::Mailbox mailbox() const;
  // As PollsReceipts::poll() and ack(), each within its timeout. They wait for each other. Throw std::runtime_error: a sentence for
  // operators without addresses or secrets. An acknowledgement the server refuses is logged and counts as done: it must not keep later
  // receipts waiting.
  plugin::PollsReceipts::Page poll(const plugin::PollsReceipts::Request& request);
  void ack(const std::vector<std::string_view>& ids, std::chrono::milliseconds timeout);
  // Connects on its own, signs in, opens the folder read-only, leaves. Beside a poll. Does not look at the pause: an operator asked.
  plugin::Probes::Report probe(std::chrono::milliseconds limit);
  // Makes calls that run return within half a second, and later ones fail at once. Any thread.
  void stop() noexcept;

 private:
  class Impl;
  explicit Poller(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace messo::mailbox
