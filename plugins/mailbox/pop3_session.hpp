// One POP3 connection, signed in (RFC 1939, 2449, 2595). libetpan speaks; the listing is read here, because libetpan believes whatever
// number a server gives a message and writes there.
#pragma once
#include <libetpan/mailpop3.h>

#include <memory>
#include <vector>

#include "mailbox/mail_line.hpp"

namespace messo::mailbox {

// One thread at a time. After a trouble of any kind but `refused` the session is of no use any more. Every call ends by the deadline last
// given to until().
class Pop3Session {
 public:
  struct Entry {
    unsigned number = 0;  // of this session
    std::uint64_t size = 0;
    std::string uidl;
  };

  static Outcome<std::unique_ptr<Pop3Session>> open(const Settings& settings, const Poco::Net::Context::Ptr& tls,
                                                    const std::atomic<bool>& stop, Steady deadline);
  ~Pop3Session();  // leaves without QUIT: deletions that were not finish()ed are not made
  Pop3Session(const Pop3Session&) = delete;
  Pop3Session& operator=(const Pop3Session&) = delete;

  void until(Steady deadline) { deadline_ = deadline; }
  bool usable() const { return line_.usable(); }

  // All messages, in the server's order; once a session, before the calls below.
  Outcome<std::vector<Entry>> list();
  Outcome<std::string> header(const Entry& entry);
  Outcome<std::string> body(const Entry& entry);
  Outcome<void> remove(const Entry& entry);
  // QUIT: deletions are made. The session is over.
  Outcome<void> finish();

 private:
  Pop3Session(const Settings& settings, const std::atomic<bool>& stop);
  Outcome<void> greet(const Poco::Net::Context::Ptr& tls);
  Outcome<void> sign_in();
  Outcome<void> done(int result, const char* sentence);
  Outcome<void> send_list(const char* command, const char* when_refused);
  Outcome<std::string> read_line();
  Outcome<void> read_sizes(std::vector<Entry>& entries);
  Outcome<void> read_uidls(std::vector<Entry>& entries);
  void tell_etpan(const std::vector<Entry>& entries);
  Outcome<std::string> taken(int result, char* bytes, std::size_t length, const char* when_refused);

  const Settings& settings_;
  MailLine line_;
  Steady deadline_{};
  mailpop3* pop3_;
};

}  // namespace messo::mailbox
