// One mailbox as the poller sees it, whatever the protocol; and what both protocols do alike with a message.
#pragma once
#include <atomic>
#include <map>
#include <optional>

#include "mailbox/poller.hpp"
#include "mailbox/trouble.hpp"

#include <Poco/Net/Context.h>

namespace messo::mailbox {

using Page = plugin::PollsReceipts::Page;
using Item = plugin::PollsReceipts::Item;
using PollRequest = plugin::PollsReceipts::Request;

inline constexpr std::uint64_t kPageBytes = 16U << 20;  // of messages in a page, if it is more than one
inline constexpr std::uint64_t kBatchBytes = 4U << 20;  // of one fetch, if it is more than one message
inline constexpr int kMostBreaks = 3;                   // of connections by one message, before it is given up

// A page in the making.
struct Progress {
  Page page;
  std::uint64_t bytes = 0;  // of the messages fetched for it
};

// Why a message is handed out as failed.
struct Failing {
  const char* code;
  const char* problem;
};
inline constexpr Failing kBreaks{"mailbox.breaks_connection", "The connection breaks whenever the message is fetched."};
inline constexpr Failing kFetchRefused{"mailbox.fetch_refused", "The mail server does not give out the message."};
inline constexpr Failing kBadAnswer{"mailbox.bad_answer", "The mail server answers in a way that cannot be read."};
Item failed_item(std::string id, const Failing& why, std::string raw = {});

// What everything about one mailbox is made from; outlives it.
struct SourceParts {
  Settings settings;
  Reader reader;
  HeaderRule headers;
  LogLine log;  // not empty
  Poco::Net::Context::Ptr tls;
  std::atomic<bool> stop{false};

  bool wanted(std::string_view header) const;  // never throws: when in doubt, yes
  // The item of a whole message.
  Item read(std::string id, std::string eml) const;
  bool too_large(std::uint64_t size) const { return size > settings.max_message_bytes; }
  Item too_large_item(std::string id, std::string header) const;
};

// Messages that broke the connection when they were fetched, by whatever names them. One that did so three times is handed out as failed
// without another try, as often as the hub counts: else it would keep all others waiting until then.
template <class Key>
class Breakers {
 public:
  // It is not to be tried now.
  bool avoid(const Key& key) {
    const auto at = times_.find(key);
    if (at == times_.end() || at->second < kMostBreaks) return false;
    if (++at->second > kMostBreaks + 1) times_.erase(at);
    return true;
  }
  void forget(const Key& key) { times_.erase(key); }
  // Fetching it alone ended so: as what it is handed out; nullopt: it is not, and is tried again on another connection.
  std::optional<Failing> failing(const Key& key, const Trouble& why) {
    if (why.kind == TroubleKind::refused) return kFetchRefused;
    if (why.kind == TroubleKind::bad_answer) return kBadAnswer;
    if (why.lost() && note(key)) return kBreaks;
    return std::nullopt;
  }
  void clear() { times_.clear(); }

 private:
  // It broke a connection; true: once too often.
  bool note(const Key& key) {
    if (times_.size() > 1'000) times_.clear();
    return ++times_[key] >= kMostBreaks;
  }
  std::map<Key, int> times_;
};

// One thread at a time. A trouble ends the connection; the next call makes a new one.
class Source {
 public:
  virtual ~Source() = default;
  virtual Outcome<Page> poll(const PollRequest& request, Steady deadline) = 0;
  virtual Outcome<void> ack(const std::vector<std::string_view>& ids, Steady deadline) = 0;
  // Connects, signs in, opens the folder, leaves.
  virtual Outcome<void> look(Steady deadline) = 0;
  // poll() waits for what comes. Any thread.
  virtual bool waits() const = 0;
};

std::unique_ptr<Source> make_imap_source(const SourceParts& parts);
std::unique_ptr<Source> make_pop3_source(const SourceParts& parts);

}  // namespace messo::mailbox
