#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <unordered_set>

#include "base/hash.hpp"
#include "mailbox/pop3_session.hpp"
#include "mailbox/source.hpp"

namespace messo::mailbox {
namespace {

// The first eight bytes of its SHA-256: what is kept of each message that is done with.
std::uint64_t uidl_hash(const std::string& uidl) {
  const Sha256 whole = sha256(uidl);
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 8; ++i) out = out << 8 | whole[i];
  return out;
}

// A digest of UIDLs in their order, one after the other.
std::string chained(const std::string& before, const std::string& uidl) { return std::string(as_text(sha256(before + uidl))); }

// "pop3 COUNT DIGEST MARK": so many of the listing's first messages are done with; the mark tells pages of equal count apart.
struct Pop3Place {
  std::size_t count = 0;
  std::string digest;
};

Pop3Place read_pop3_place(std::string_view cursor) {
  constexpr std::string_view kBefore = "pop3 ";
  Pop3Place place;
  if (!cursor.starts_with(kBefore)) return place;
  cursor.remove_prefix(kBefore.size());
  const auto [end, error] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), place.count);
  if (error != std::errc{} || end == cursor.data() + cursor.size()) return {};
  cursor.remove_prefix(static_cast<std::size_t>(end - cursor.data()) + 1);
  place.digest = cursor.substr(0, cursor.find(' '));
  return place;
}

class Pop3Source final : public Source {
 public:
  explicit Pop3Source(const SourceParts& parts) : parts_(parts), settings_(parts.settings) {
    std::array<std::uint8_t, 6> bytes{};
    random_bytes(bytes);
    run_ = to_hex(as_text(bytes));
  }

  Outcome<Page> poll(const PollRequest& request, Steady deadline) override;
  Outcome<void> ack(const std::vector<std::string_view>& ids, Steady deadline) override;
  Outcome<void> look(Steady deadline) override;
  bool waits() const override { return false; }

 private:
  using Entry = Pop3Session::Entry;

  Outcome<void> connect(Steady deadline);
  Outcome<Page> poll_once(const PollRequest& request, Steady deadline);
  void settle(std::string_view cursor);
  void compare(std::string_view cursor);
  Outcome<bool> collect(const Entry& entry, Progress& progress);
  Outcome<Item> fetch(const Entry& entry, Progress& progress);
  Outcome<bool> collect_again(const PollRequest& request, Progress& progress);
  Outcome<bool> collect_fresh(const PollRequest& request, Progress& progress);
  void finish_page(const PollRequest& request, Page& page);
  void leave();
  const Entry* find(std::string_view uidl);

  const SourceParts& parts_;
  const Settings& settings_;
  std::unique_ptr<Pop3Session> session_;
  std::vector<Entry> entries_;         // of the session
  std::vector<std::uint64_t> hashes_;  // of entries_
  std::unordered_map<std::string_view, std::size_t> by_uidl_;

  // Done with, as far as `cursor_` goes; `handed_` goes as far as `next_cursor_`, once the hub comes back with it.
  std::unordered_set<std::uint64_t> done_;
  std::vector<std::uint64_t> handed_;
  std::string cursor_, next_cursor_;
  bool known_ = false;      // done_ is what cursor_ stands for
  std::size_t prefix_ = 0;  // of entries_, all done with or handed out
  std::string prefix_digest_;
  std::string run_;
  std::uint64_t marks_ = 0;
  bool no_top_ = false;
  Breakers<std::string> breakers_;
};

Outcome<void> Pop3Source::connect(Steady deadline) {
  if (session_ != nullptr && session_->usable()) {
    session_->until(deadline);
    return {};
  }
  session_.reset();
  auto made = Pop3Session::open(settings_, parts_.tls, parts_.stop, deadline);
  if (!made) return tl::unexpected(std::move(made.error()));
  auto entries = (*made)->list();
  if (!entries) return tl::unexpected(std::move(entries.error()));
  session_ = std::move(*made);
  entries_ = std::move(*entries);
  hashes_.clear(), by_uidl_.clear();
  prefix_ = 0, prefix_digest_.clear();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    hashes_.push_back(uidl_hash(entries_[i].uidl));
    by_uidl_.emplace(entries_[i].uidl, i);
  }
  // What the mailbox does not hold any more need not be remembered.
  if (known_ && done_.size() > entries_.size()) {
    std::unordered_set<std::uint64_t> kept;
    for (const auto hash : hashes_) {
      if (done_.contains(hash)) kept.insert(hash);
    }
    done_ = std::move(kept);
  }
  return {};
}

void Pop3Source::leave() {
  if (session_ != nullptr && session_->usable()) static_cast<void>(session_->finish());
  session_.reset();
}

Outcome<Page> Pop3Source::poll(const PollRequest& request, Steady deadline) {
  const bool kept = session_ != nullptr;
  auto page = poll_once(request, deadline);
  if (page) return page;
  session_.reset();
  // A connection kept from the last poll may have died unnoticed.
  if (!kept || !page.error().lost() || parts_.stop.load()) return page;
  page = poll_once(request, deadline);
  if (!page) session_.reset();
  return page;
}

// What of the pages handed out has become durable.
void Pop3Source::settle(std::string_view cursor) {
  if (known_ && cursor == next_cursor_ && !handed_.empty()) {
    done_.insert(handed_.begin(), handed_.end());
    cursor_ = next_cursor_;
  } else if (known_ && cursor == cursor_) {
    prefix_ = 0, prefix_digest_.clear();  // counted what was handed out and is to be handed out again
  } else {
    known_ = false;
    done_.clear();
    prefix_ = 0, prefix_digest_.clear();
  }
  handed_.clear();
  cursor_ = cursor;
}

// A cursor of an earlier run: good as long as the listing begins as it did.
void Pop3Source::compare(std::string_view cursor) {
  if (known_) return;
  known_ = true;
  const Pop3Place place = read_pop3_place(cursor);
  if (place.count == 0) return;
  std::string digest;
  for (std::size_t i = 0; i < std::min(place.count, entries_.size()); ++i) digest = chained(digest, entries_[i].uidl);
  if (place.count <= entries_.size() && to_hex(digest) == place.digest) {
    done_.insert(hashes_.begin(), hashes_.begin() + static_cast<std::ptrdiff_t>(place.count));
  } else {
    parts_.log(MESSO_LOG_INFO, "mailbox.began_anew", "the mailbox is read anew, for messages have gone from it; what is known counts once");
  }
}

Outcome<Page> Pop3Source::poll_once(const PollRequest& request, Steady deadline) {
  settle(request.cursor);
  if (auto connected = connect(deadline); !connected) return tl::unexpected(std::move(connected.error()));
  compare(request.cursor);
  Progress progress;
  progress.page.cursor = request.cursor;
  auto all = collect_again(request, progress);
  if (all && *all) all = collect_fresh(request, progress);
  if (!all && progress.page.items.empty()) return tl::unexpected(std::move(all.error()));
  if (!all) session_.reset();
  progress.page.more = !all || !*all;
  finish_page(request, progress.page);
  return std::move(progress.page);
}

// False: the page is full.
Outcome<bool> Pop3Source::collect_again(const PollRequest& request, Progress& progress) {
  for (const std::string_view id : request.again) {
    const Entry* entry = find(id);
    if (entry == nullptr) continue;
    auto room = collect(*entry, progress);
    if (!room || !*room) return room;
  }
  return true;
}

Outcome<bool> Pop3Source::collect_fresh(const PollRequest& request, Progress& progress) {
  std::size_t taken = 0;
  for (std::size_t i = prefix_; i < entries_.size(); ++i) {
    if (done_.contains(hashes_[i])) continue;
    if (taken == request.limit) return false;
    const auto before = progress.page.items.size();
    auto room = collect(entries_[i], progress);
    if (progress.page.items.size() > before) {
      handed_.push_back(hashes_[i]);
      ++taken;
    }
    if (!room || !*room) return room;
  }
  return true;
}

// False: the page is full, and it was not handed out.
Outcome<bool> Pop3Source::collect(const Entry& entry, Progress& progress) {
  auto& items = progress.page.items;
  if (!items.empty() && progress.bytes + (parts_.too_large(entry.size) ? 0 : entry.size) > kPageBytes) return false;
  if (breakers_.avoid(entry.uidl)) {
    items.push_back(failed_item(entry.uidl, kBreaks));
    return true;
  }
  auto item = fetch(entry, progress);
  if (item) {
    items.push_back(std::move(*item));
    return true;
  }
  if (const auto why = breakers_.failing(entry.uidl, item.error())) items.push_back(failed_item(entry.uidl, *why));
  if (item.error().kind == TroubleKind::refused) return true;
  return tl::unexpected(std::move(item.error()));
}

Outcome<Item> Pop3Source::fetch(const Entry& entry, Progress& progress) {
  std::string header;
  const bool large = parts_.too_large(entry.size);
  if ((parts_.headers.is_wanted || large) && !no_top_) {
    auto top = session_->header(entry);
    // TOP is optional (RFC 1939 §7).
    if (!top && top.error().kind == TroubleKind::refused) no_top_ = true;
    if (!top && top.error().kind != TroubleKind::refused) return tl::unexpected(std::move(top.error()));
    if (top) header = std::move(*top);
    if (top && !parts_.wanted(header)) return Item{entry.uidl, {}, {}, {}, {}};
  }
  if (large) return parts_.too_large_item(entry.uidl, std::move(header));
  auto eml = session_->body(entry);
  if (!eml) return tl::unexpected(std::move(eml.error()));
  progress.bytes += eml->size();
  breakers_.forget(entry.uidl);
  return parts_.read(entry.uidl, std::move(*eml));
}

void Pop3Source::finish_page(const PollRequest& request, Page& page) {
  if (!handed_.empty()) {
    const std::unordered_set<std::uint64_t> handed(handed_.begin(), handed_.end());
    for (; prefix_ < entries_.size() && (done_.contains(hashes_[prefix_]) || handed.contains(hashes_[prefix_])); ++prefix_) {
      prefix_digest_ = chained(prefix_digest_, entries_[prefix_].uidl);
    }
    next_cursor_ = "pop3 " + std::to_string(prefix_) + " " + to_hex(prefix_digest_) + " " + run_ + std::to_string(++marks_);
    page.cursor = next_cursor_;
  } else {
    page.cursor = request.cursor;
  }
  // Only a new session sees what has come, and nobody else may have the mailbox meanwhile. Deleting follows at once, in this one.
  if (!page.more && (settings_.after != After::remove || page.items.empty())) leave();
}

const Pop3Source::Entry* Pop3Source::find(std::string_view uidl) {
  const auto at = by_uidl_.find(uidl);
  return at == by_uidl_.end() ? nullptr : &entries_[at->second];
}

Outcome<void> Pop3Source::look(Steady deadline) {
  if (auto connected = connect(deadline); !connected) return connected;
  leave();
  return {};
}

Outcome<void> Pop3Source::ack(const std::vector<std::string_view>& ids, Steady deadline) {
  if (settings_.after != After::remove) return {};
  for (;;) {
    const bool kept = session_ != nullptr;
    auto done = connect(deadline).and_then([&]() -> Outcome<void> {
      for (const std::string_view id : ids) {
        const Entry* entry = find(id);
        if (entry == nullptr) continue;
        auto removed = session_->remove(*entry);
        if (!removed && removed.error().kind != TroubleKind::refused) return removed;
      }
      return session_->finish();
    });
    session_.reset();
    if (done || !kept || !done.error().lost()) return done;
  }
}

}  // namespace

std::unique_ptr<Source> make_pop3_source(const SourceParts& parts) { return std::make_unique<Pop3Source>(parts); }

}  // namespace messo::mailbox
