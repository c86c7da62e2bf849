#include <algorithm>
#include <charconv>

#include "mailbox/imap_session.hpp"
#include "mailbox/source.hpp"

namespace messo::mailbox {
namespace {

constexpr std::uint32_t kFirstWindow = 50'000;     // UIDs of one search; doubled while there is nothing
constexpr std::uint32_t kLargestWindow = 350'000;  // so that an answer is a line ImapGuard lets through
constexpr Millis kIdleReserve{3'000};              // of a poll's time, for what comes
constexpr Millis kShortestIdle{1'000};

// Where in the folder: "imap VALIDITY UID", and an item's id: "VALIDITY.UID".
struct ImapPlace {
  std::uint32_t validity = 0, uid = 0;
};

bool read_number(std::string_view& text, std::uint32_t& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

ImapPlace read_place(std::string_view text, std::string_view before, char between) {
  ImapPlace place;
  if (!text.starts_with(before)) return {};
  text.remove_prefix(before.size());
  if (!read_number(text, place.validity) || text.empty() || text.front() != between) return {};
  text.remove_prefix(1);
  if (!read_number(text, place.uid) || !text.empty()) return {};
  return place;
}

std::string to_cursor(const ImapPlace& place) { return "imap " + std::to_string(place.validity) + " " + std::to_string(place.uid); }
std::string to_item_id(const ImapPlace& place) { return std::to_string(place.validity) + "." + std::to_string(place.uid); }

class ImapSource final : public Source {
 public:
  explicit ImapSource(const SourceParts& parts) : parts_(parts), settings_(parts.settings) {}

  Outcome<Page> poll(const PollRequest& request, Steady deadline) override;
  Outcome<void> ack(const std::vector<std::string_view>& ids, Steady deadline) override;
  Outcome<void> look(Steady deadline) override;
  bool waits() const override { return waits_.load(); }

 private:
  using Uids = std::vector<std::uint32_t>;
  enum class Opened : std::uint8_t { no, reading, changing };
  struct Candidate {
    ImapSession::Summary summary;
    enum class Way : std::uint8_t { skip, too_large, refused, fetch } way = Way::fetch;
    std::uint64_t bytes() const { return way == Way::fetch ? summary.size : 0; }
  };

  Outcome<void> connect(Steady deadline);
  Outcome<void> open_folder(Opened how);
  Outcome<Page> look_once(const PollRequest& request, Steady deadline);
  Outcome<Page> fetch_page(const PollRequest& request, ImapPlace place);
  Uids uids_of(const std::vector<std::string_view>& ids) const;
  Outcome<void> find_fresh(std::uint32_t after);
  Outcome<bool> wait_for_more(Steady deadline);
  Outcome<std::uint32_t> collect(std::span<const std::uint32_t> uids, Progress& progress);
  Outcome<std::vector<Candidate>> summarise(std::span<const std::uint32_t> uids);
  Outcome<std::size_t> collect_bodies(std::span<Candidate> candidates, Progress& progress);
  Outcome<void> fetch_batch(std::span<Candidate> batch, Progress& progress);
  Outcome<void> fetch_alone(Candidate& one, Progress& progress);
  Item read_one(const Candidate& one, std::string eml, Progress& progress) const;
  Item without_body(Candidate& one) const;
  Outcome<void> after(std::span<const std::uint32_t> uids);
  Outcome<void> move_away(std::span<const std::uint32_t> uids);
  Outcome<void> remove(std::span<const std::uint32_t> uids);
  std::string id_of(std::uint32_t uid) const { return to_item_id({validity_, uid}); }

  const SourceParts& parts_;
  const Settings& settings_;
  std::unique_ptr<ImapSession> session_;
  Opened opened_ = Opened::no;
  std::uint32_t validity_ = 0, next_ = 0;
  // What exists with base_ < UID <= searched_, ascending.
  Uids pending_;
  std::uint32_t base_ = 0, searched_ = 0;
  std::uint32_t careful_until_ = 0;  // up to this UID each message is fetched alone: one of them broke a batch
  Breakers<std::uint32_t> breakers_;
  std::atomic<bool> waits_{false};
};

Outcome<void> ImapSource::connect(Steady deadline) {
  if (session_ != nullptr && session_->usable()) {
    session_->until(deadline);
    return {};
  }
  session_.reset();
  opened_ = Opened::no;
  auto made = ImapSession::open(settings_, parts_.tls, parts_.stop, deadline);
  if (!made) return tl::unexpected(std::move(made.error()));
  session_ = std::move(*made);
  waits_ = settings_.idle && session_->can("IDLE");
  return {};
}

// Anew at every look: only so the server says whether UIDVALIDITY changed and how far UIDs go.
Outcome<void> ImapSource::open_folder(Opened how) {
  opened_ = Opened::no;
  auto folder = how == Opened::reading ? session_->examine() : session_->select();
  if (!folder) return tl::unexpected(std::move(folder.error()));
  opened_ = how;
  if (folder->validity != validity_) {
    if (validity_ != 0) {
      parts_.log(MESSO_LOG_WARNING, "mailbox.began_anew",
                 "the server gave the folder a new UIDVALIDITY; its messages are read anew, and what is known counts once");
    }
    pending_.clear(), breakers_.clear();
    base_ = searched_ = careful_until_ = 0;
  }
  validity_ = folder->validity, next_ = folder->next;
  return {};
}

Outcome<Page> ImapSource::poll(const PollRequest& request, Steady deadline) {
  // A connection kept from the last poll may have died unnoticed; and one bad message must not cost the others this poll.
  for (int tries = 0;; ++tries) {
    const bool kept = session_ != nullptr;
    auto page = look_once(request, deadline);
    if (page) return page;
    const bool again = (kept && page.error().lost()) || page.error().kind == TroubleKind::bad_answer;
    if (page.error().kind != TroubleKind::folder) session_.reset();
    if (!again || tries == 2 || parts_.stop.load() || Steady::clock::now() >= deadline) return page;
  }
}

Outcome<Page> ImapSource::look_once(const PollRequest& request, Steady deadline) {
  if (auto connected = connect(deadline); !connected) return tl::unexpected(std::move(connected.error()));
  for (;;) {
    ImapPlace place = read_place(request.cursor, "imap ", ' ');
    const bool backlog =
        opened_ == Opened::reading && place.validity == validity_ && place.uid >= base_ && !pending_.empty() && pending_.back() > place.uid;
    if (!backlog) {
      if (auto opened = open_folder(Opened::reading); !opened) return tl::unexpected(std::move(opened.error()));
    }
    if (place.validity != validity_) place = {validity_, 0};
    auto page = fetch_page(request, place);
    if (!page || !page->items.empty() || !request.again.empty()) return page;
    auto came = wait_for_more(deadline);
    if (!came && came.error().lost()) {
      session_.reset();  // nothing came, and the next poll connects anew
      return page;
    }
    if (!came) return tl::unexpected(std::move(came.error()));
    if (!*came) return page;
  }
}

Outcome<bool> ImapSource::wait_for_more(Steady deadline) {
  const Steady until = deadline - kIdleReserve;
  if (!waits_ || until - Steady::clock::now() < kShortestIdle) return false;
  return session_->idle(until);
}

// Fills pending_ with what comes after that UID, as far as a window goes.
Outcome<void> ImapSource::find_fresh(std::uint32_t after) {
  if (after < base_) {
    pending_.clear();
    searched_ = after;
  }
  base_ = after;
  searched_ = std::max(searched_, after);
  pending_.erase(pending_.begin(), std::ranges::upper_bound(pending_, after));
  std::uint32_t window = kFirstWindow;
  while (pending_.empty() && (next_ == 0 || searched_ < next_ - 1)) {
    const std::uint32_t end = next_ == 0 ? UINT32_MAX - 1 : next_ - 1;
    const std::uint32_t last = next_ == 0 || end - searched_ <= window ? end : searched_ + window;
    auto found = session_->search(searched_ + 1, last);
    if (!found) return tl::unexpected(std::move(found.error()));
    pending_ = std::move(*found);
    searched_ = next_ != 0 ? last : pending_.empty() ? searched_ : pending_.back();
    if (next_ == 0) break;
    window = std::min(window * 2, kLargestWindow);
  }
  return {};
}

// Of the page: those asked for again first, then what is new. What was complete before a trouble is a page of its own.
Outcome<Page> ImapSource::fetch_page(const PollRequest& request, ImapPlace place) {
  Progress progress;
  Page& page = progress.page;
  page.cursor = to_cursor(place);
  const auto cut_short = [&](Trouble why) -> Outcome<Page> {
    if (page.items.empty()) return tl::unexpected(std::move(why));
    session_.reset();
    page.more = true;
    return std::move(page);
  };
  if (const Uids again = uids_of(request.again); !again.empty()) {
    auto done = collect(again, progress);
    if (!done) return cut_short(std::move(done.error()));
    if (*done != again.back()) {
      page.more = true;
      return std::move(page);
    }
  }
  if (auto found = find_fresh(place.uid); !found) return cut_short(std::move(found.error()));
  const auto fresh = std::span<const std::uint32_t>(pending_).first(std::min(pending_.size(), request.limit));
  if (fresh.empty()) return std::move(page);
  const auto before = page.items.size();
  auto done = collect(fresh, progress);
  if (!done && page.items.size() > before) place.uid = read_place(page.items.back().id, "", '.').uid;
  if (done && *done != 0) place.uid = *done;
  page.cursor = to_cursor(place);
  if (!done) return cut_short(std::move(done.error()));
  page.more = place.uid < pending_.back() || (next_ != 0 && searched_ < next_ - 1);
  return std::move(page);
}

// Of this UIDVALIDITY, ascending; what is of an earlier one is gone.
ImapSource::Uids ImapSource::uids_of(const std::vector<std::string_view>& ids) const {
  Uids uids;
  for (const std::string_view id : ids) {
    const ImapPlace one = read_place(id, "", '.');
    if (one.validity == validity_ && one.uid != 0) uids.push_back(one.uid);
  }
  std::ranges::sort(uids);
  const auto doubled = std::ranges::unique(uids);
  uids.erase(doubled.begin(), doubled.end());
  return uids;
}

// Hands out these in turn until the page is full; the last UID that is done with, 0: none. What has vanished meanwhile is done with.
Outcome<std::uint32_t> ImapSource::collect(std::span<const std::uint32_t> uids, Progress& progress) {
  auto candidates = summarise(uids);
  if (!candidates) return tl::unexpected(std::move(candidates.error()));
  auto done = collect_bodies(*candidates, progress);
  if (!done) return tl::unexpected(std::move(done.error()));
  if (*done == candidates->size()) return uids.back();
  return *done == 0 ? 0 : (*candidates)[*done - 1].summary.uid;
}

Outcome<std::vector<ImapSource::Candidate>> ImapSource::summarise(std::span<const std::uint32_t> uids) {
  using enum Candidate::Way;
  static const std::vector<std::string> kNone;
  const auto& fields = parts_.headers.is_wanted ? parts_.headers.fields : kNone;
  auto summaries = session_->summaries(uids, fields);
  if (!summaries && summaries.error().kind != TroubleKind::refused) return tl::unexpected(std::move(summaries.error()));
  if (!summaries) summaries.emplace();
  std::vector<Candidate> out;
  out.reserve(uids.size());
  const auto add = [&](ImapSession::Summary& one) {
    const auto way = !parts_.wanted(one.header) ? skip : parts_.too_large(one.size) ? too_large : fetch;
    out.push_back({std::move(one), way});
  };
  auto next = summaries->begin();
  for (const std::uint32_t uid : uids) {
    if (next != summaries->end() && next->uid == uid) {
      add(*next++);
      continue;
    }
    // It has vanished, or the server answered NO beside what it gave: only alone is that to be told apart.
    auto alone = session_->summaries({&uid, 1}, fields);
    if (alone && !alone->empty()) add(alone->front());
    if (!alone && alone.error().kind != TroubleKind::refused) return tl::unexpected(std::move(alone.error()));
    if (!alone) out.push_back({{uid, 0, {}}, refused});
  }
  return out;
}

// How many of them are done with.
Outcome<std::size_t> ImapSource::collect_bodies(std::span<Candidate> candidates, Progress& progress) {
  std::size_t at = 0;
  while (at < candidates.size()) {
    const bool careful = candidates[at].summary.uid <= careful_until_;
    std::uint64_t bytes = candidates[at].bytes();
    if (!progress.page.items.empty() && progress.bytes + bytes > kPageBytes) break;
    std::size_t end = at + 1;
    for (; end < candidates.size() && !careful; ++end) {
      const auto more = bytes + candidates[end].bytes();
      if (more > kBatchBytes || progress.bytes + more > kPageBytes) break;
      bytes = more;
    }
    auto done = careful ? fetch_alone(candidates[at], progress) : fetch_batch(candidates.subspan(at, end - at), progress);
    if (!done) return tl::unexpected(std::move(done.error()));
    at = end;
  }
  return at;
}

Item ImapSource::read_one(const Candidate& one, std::string eml, Progress& progress) const {
  progress.bytes += eml.size();
  return parts_.read(id_of(one.summary.uid), std::move(eml));
}

Item ImapSource::without_body(Candidate& one) const {
  if (one.way == Candidate::Way::refused) return failed_item(id_of(one.summary.uid), kFetchRefused);
  if (one.way == Candidate::Way::too_large) return parts_.too_large_item(id_of(one.summary.uid), std::move(one.summary.header));
  return {id_of(one.summary.uid), {}, {}, {}, {}};
}

Outcome<void> ImapSource::fetch_batch(std::span<Candidate> batch, Progress& progress) {
  Uids uids;
  std::uint64_t bytes = 0;
  for (const Candidate& one : batch) {
    if (one.way != Candidate::Way::fetch) continue;
    uids.push_back(one.summary.uid);
    bytes += one.summary.size;
  }
  std::vector<ImapSession::Body> bodies;
  if (!uids.empty()) {
    auto fetched = session_->bodies(uids, bytes);
    if (fetched) {
      bodies = std::move(*fetched);
    } else if (fetched.error().kind != TroubleKind::refused) {
      careful_until_ = batch.back().summary.uid;
      return tl::unexpected(std::move(fetched.error()));
    }
  }
  auto body = bodies.begin();
  for (Candidate& one : batch) {
    while (body != bodies.end() && body->uid < one.summary.uid) ++body;
    if (one.way == Candidate::Way::fetch && body != bodies.end() && body->uid == one.summary.uid) {
      progress.page.items.push_back(read_one(one, std::move(body->bytes), progress));
    } else if (auto done = fetch_alone(one, progress); !done) {  // not to be fetched, vanished, or refused beside others
      return done;
    }
  }
  return {};
}

Outcome<void> ImapSource::fetch_alone(Candidate& one, Progress& progress) {
  auto& items = progress.page.items;
  if (one.way != Candidate::Way::fetch) {
    items.push_back(without_body(one));
    return {};
  }
  const auto uid = one.summary.uid;
  const auto failed = [&](const Failing& why) { items.push_back(failed_item(id_of(uid), why, std::move(one.summary.header))); };
  if (breakers_.avoid(uid)) {
    failed(kBreaks);
    return {};
  }
  auto fetched = session_->bodies({&uid, 1}, one.summary.size);
  if (fetched) {
    if (!fetched->empty()) items.push_back(read_one(one, std::move(fetched->front().bytes), progress));
    breakers_.forget(uid);
    return {};
  }
  if (const auto why = breakers_.failing(uid, fetched.error())) failed(*why);
  if (fetched.error().kind == TroubleKind::refused) return {};
  return tl::unexpected(std::move(fetched.error()));
}

Outcome<void> ImapSource::look(Steady deadline) {
  if (auto connected = connect(deadline); !connected) return connected;
  auto folder = session_->examine();
  if (!folder) return tl::unexpected(std::move(folder.error()));
  return {};
}

Outcome<void> ImapSource::ack(const std::vector<std::string_view>& ids, Steady deadline) {
  if (settings_.after == After::keep) return {};
  for (int tries = 0;; ++tries) {
    const bool kept = session_ != nullptr;
    auto done = connect(deadline).and_then([&] { return open_folder(Opened::changing); }).and_then([&]() -> Outcome<void> {
      const Uids uids = uids_of(ids);
      return uids.empty() ? Outcome<void>{} : after(uids);
    });
    if (done) return done;
    if (done.error().kind != TroubleKind::refused && done.error().kind != TroubleKind::folder) session_.reset();
    if (!kept || !done.error().lost() || tries > 0) return done;
  }
}

Outcome<void> ImapSource::after(std::span<const std::uint32_t> uids) {
  switch (settings_.after) {
    case After::seen: return session_->add_flag(uids, false);
    case After::move: return move_away(uids);
    case After::remove: return remove(uids);
    default: return {};
  }
}

Outcome<void> ImapSource::remove(std::span<const std::uint32_t> uids) {
  auto marked = session_->add_flag(uids, true);
  // Without UIDPLUS an EXPUNGE would also take what somebody else marked: marking is all then.
  return !marked || !session_->can("UIDPLUS") ? marked : session_->expunge(uids);
}

Outcome<void> ImapSource::move_away(std::span<const std::uint32_t> uids) {
  const auto once = [&]() -> Outcome<void> {
    if (session_->can("MOVE")) return session_->move(uids, settings_.move_to);
    auto left = session_->not_deleted(uids);  // those marked were copied before a crash
    if (!left) return tl::unexpected(std::move(left.error()));
    if (!left->empty()) {
      if (auto copied = session_->copy(*left, settings_.move_to); !copied) return copied;
    }
    return remove(uids);
  };
  auto moved = once();
  if (moved || moved.error().kind != TroubleKind::refused) return moved;
  // The usual reason is that the folder is not there yet.
  if (auto made = session_->create(settings_.move_to); !made) return moved;
  return once();
}

}  // namespace

std::unique_ptr<Source> make_imap_source(const SourceParts& parts) { return std::make_unique<ImapSource>(parts); }

}  // namespace messo::mailbox
