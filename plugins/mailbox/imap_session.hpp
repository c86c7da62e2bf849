// One IMAP connection, signed in. libetpan speaks; this gives it bounds, and its answers as values.
#pragma once
#include <libetpan/mailimap.h>

#include <memory>
#include <set>
#include <span>
#include <vector>

#include "mailbox/mail_line.hpp"

namespace messo::mailbox {

// One thread at a time. After a trouble of any kind but `refused` and `folder` the session is of no use any more. Every call ends by the
// deadline last given to until().
class ImapSession {
 public:
  struct Folder {
    std::uint32_t validity = 0;  // UIDVALIDITY
    std::uint32_t next = 0;      // UIDNEXT; 0: not said
  };
  struct Summary {
    std::uint32_t uid = 0;
    std::uint64_t size = 0;
    std::string header;  // the fields asked for
  };
  struct Body {
    std::uint32_t uid = 0;
    std::string bytes;
  };
  using Uids = std::span<const std::uint32_t>;  // ascending, not empty

  // Connects, makes sure of TLS, signs in. `settings` and `stop` must outlive the session.
  static Outcome<std::unique_ptr<ImapSession>> open(const Settings& settings, const Poco::Net::Context::Ptr& tls,
                                                    const std::atomic<bool>& stop, Steady deadline);
  ~ImapSession();  // signs off, if that takes no time
  ImapSession(const ImapSession&) = delete;
  ImapSession& operator=(const ImapSession&) = delete;

  void until(Steady deadline) { deadline_ = deadline; }
  bool usable() const { return line_.usable(); }
  bool can(const std::string& capability) const { return capabilities_.contains(capability); }  // upper case

  Outcome<Folder> examine();  // read-only
  Outcome<Folder> select();
  // UIDs from first to last that exist, ascending.
  Outcome<std::vector<std::uint32_t>> search(std::uint32_t first, std::uint32_t last);
  Outcome<std::vector<std::uint32_t>> not_deleted(Uids uids);
  // What has gone is left out. Order as asked.
  Outcome<std::vector<Summary>> summaries(Uids uids, const std::vector<std::string>& fields);
  Outcome<std::vector<Body>> bodies(Uids uids, std::uint64_t expected_bytes);
  Outcome<void> add_flag(Uids uids, bool deleted);  // \Deleted, or \Seen
  Outcome<void> expunge(Uids uids);                 // of those marked \Deleted (RFC 4315)
  Outcome<void> move(Uids uids, const std::string& folder);
  Outcome<void> copy(Uids uids, const std::string& folder);
  Outcome<void> create(const std::string& folder);
  // Waits in IDLE until the server says something or the time is over (false).
  Outcome<bool> idle(Steady until);

 private:
  ImapSession(const Settings& settings, const std::atomic<bool>& stop);

  Outcome<void> greet(const Poco::Net::Context::Ptr& tls);
  Outcome<void> ask_capabilities();
  Outcome<void> sign_in();
  Outcome<Folder> opened(int result);
  Outcome<void> done(int result, TroubleKind when_refused, const char* sentence);
  void begin(std::uint64_t most_bytes) { line_.begin(deadline_, most_bytes); }
  Outcome<std::vector<std::uint32_t>> find(mailimap_search_key* key);

  const Settings& settings_;
  MailLine line_;
  Steady deadline_{};
  mailimap* imap_;
  std::set<std::string> capabilities_;
};

}  // namespace messo::mailbox
