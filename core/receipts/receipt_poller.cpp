#include "receipts/receipt_poller.hpp"

#include <algorithm>
#include <future>

#include "model/names.hpp"
#include "receipts/poll_cycle.hpp"

namespace messo {
namespace {

using State = MailboxStatus::State;

constexpr names::Row<State> kMailboxStates[] = {{State::waiting, "waiting"},
                                                {State::polling, "polling"},
                                                {State::failing, "failing"},
                                                {State::hanging, "hanging"},
                                                {State::elsewhere, "elsewhere"}};
constexpr std::size_t kPositionLimit = 500;
constexpr Millis kAskMailboxes{10'000};

}  // namespace

std::string_view to_string(MailboxStatus::State state) { return names::name_of<State>(kMailboxStates, state); }

// One mailbox and its thread.
class ReceiptPoller::Runner {
 public:
  Runner(ReceiptPoller& poller, const ProviderPortPtr& port, const Mailbox& mailbox) : poller_(poller), options_(poller.options_) {
    status_.provider = port->settings().id;
    status_.provider_key = port->settings().key;
    status_.mailbox = mailbox.name;
    follow(port, mailbox);
    thread_ = std::thread([this] { run(); });
  }
  ~Runner() {
    end();
    thread_.join();
  }

  // The same mailbox, perhaps of a new instance.
  void follow(const ProviderPortPtr& port, const Mailbox& mailbox) {
    const std::scoped_lock hold(mutex_);
    const Millis every = std::max(options_.shortest, mailbox.every.count() > 0 ? mailbox.every : options_.every);
    const bool sooner = every < every_ && status_.failures == 0;          // its first poll told the plugin that the mailbox waits by itself
    if (sooner || (port_ != port && port_ != nullptr)) look_now_ = true;  // new settings may mend what was wrong
    port_ = port;
    every_ = every;
    wake_.notify_all();
  }
  void look_now() {
    const std::scoped_lock hold(mutex_);
    look_now_ = true;
    wake_.notify_all();
  }
  void end() {
    const std::scoped_lock hold(mutex_);
    ends_ = true;
    wake_.notify_all();
  }
  MailboxStatus status() const {
    const std::scoped_lock hold(mutex_);
    return status_;
  }

 private:
  enum class Next : std::uint8_t { at_once, later };

  void run() {
    std::unique_lock hold(mutex_);
    while (!ends_) {
      look_now_ = false;
      if (status_.failures == 0) status_.state = State::polling;
      const auto port = port_;
      const auto receipts = port->receipts();
      hold.unlock();
      const auto next = receipts != nullptr ? cycle(port, *receipts) : Result<Next>(Next::later);
      hold.lock();
      const Millis wait = after(next);
      if (wait.count() == 0) continue;
      wake_.wait_for(hold, wait, [this] { return ends_ || look_now_; });
    }
    hold.unlock();
    ahead_.reset();
    static_cast<void>(poller_.store_.mailboxes().release(options_.worker, status_.provider, status_.mailbox));
  }

  // The wait until the next cycle. Under the lock.
  Millis after(const Result<Next>& next) {
    if (next) {
      if (!elsewhere_ && status_.failures >= kTold)
        poller_.log_.info("MSO-3043", "a mailbox can be polled again", {{"provider", status_.provider_key}, {"mailbox", status_.mailbox}});
      status_.state = elsewhere_ ? State::elsewhere : State::waiting;
      status_.failures = 0;
      status_.problem.clear();
      if (!elsewhere_) status_.last_success = poller_.clock_.now();
      return *next == Next::at_once ? Millis{0} : every_;
    }
    const Error& error = next.error();
    if (error.code == "provider_stopped" || error.code == "mailbox_lost") return options_.shortest;
    if (error.code == "page_too_large" && items_ > 1) {
      items_ = std::max<std::size_t>(items_ / 2, 1);
      return options_.shortest;
    }
    ++status_.failures;
    status_.state = error.code == "plugin_hangs" ? State::hanging : State::failing;
    status_.problem = error.message;
    if (status_.failures == kTold || status_.failures == 1) {
      poller_.log_.warning("MSO-3042",
                           "a mailbox cannot be polled; it is tried again, ever more rarely. Look at the problem and the account",
                           {{"provider", status_.provider_key},
                            {"mailbox", status_.mailbox},
                            {"failures", std::to_string(status_.failures)},
                            {"code", error.code},
                            {"problem", error.message},
                            {"detail", error.detail}});
    }
    return poll_back_off(status_.failures, options_.first_back_off, options_.longest_back_off);
  }

  Result<Next> cycle(const ProviderPortPtr& provider, ReceiptPort& port) {
    MailboxStore& boxes = poller_.store_.mailboxes();
    const auto leased = boxes.lease(options_.worker, status_.provider, status_.mailbox, options_.lease, poller_.clock_.now());
    if (!leased) return fail(Error(leased.error()));
    elsewhere_ = !*leased;
    if (elsewhere_) {
      ahead_.reset();
      return Next::later;
    }
    auto position = boxes.position(status_.provider, status_.mailbox, kPositionLimit);
    if (!position) return fail(std::move(position.error()));
    if (position->again.size() > items_) position->again.resize(items_);
    if (auto told = acknowledge(port, position->unacked); !told) return fail(std::move(told.error()));

    auto page = next_page(provider, port, *position);
    if (!page) return fail(std::move(page.error()));
    std::vector<std::string> ids;
    ids.reserve(page->items.size());
    for (const PolledItem& item : page->items) ids.push_back(item.id);
    const auto known = boxes.known(status_.provider, status_.mailbox, ids);
    if (!known) return fail(Error(known.error()));
    const bool more = page->more;
    PollState poll{status_.mailbox, page->cursor, {}, {}, options_.quarantine_after, options_.worker};
    const bool moved = page->cursor != position->cursor;
    SortedPage sorted = sort_page(std::move(*page), *known, position->again);
    if (auto kept = keep_troubled(sorted, poll); !kept) return fail(std::move(kept.error()));
    poll.seen = sorted.seen;
    if (more && moved) look_ahead(provider, poll.cursor);
    if (moved || !poll.seen.empty() || !poll.troubled.empty()) {
      if (auto taken = poller_.desk_.take(status_.provider, sorted.receipts, &poll); !taken) return fail(std::move(taken.error()));
    }
    count(poll);
    std::ranges::move(sorted.known, std::back_inserter(sorted.seen));
    if (auto told = acknowledge(port, sorted.seen); !told) return fail(std::move(told.error()));
    items_ = options_.items;
    return more ? Next::at_once : Next::later;
  }

  // What could not be read is kept byte for byte before the transaction that names it.
  Status keep_troubled(SortedPage& sorted, PollState& poll) {
    for (PolledItem& item : sorted.troubled) {
      PollTrouble trouble{std::move(item.id), std::move(item.code), std::move(item.problem), {}, item.raw.size()};
      if (!item.raw.empty()) {
        const auto blob = poller_.store_.blobs().put(OrganisationId{status_.provider.value}, item.raw);
        if (!blob) return fail(Error(blob.error()));
        trouble.raw = *blob;
      }
      poll.troubled.push_back(std::move(trouble));
    }
    for (std::string& id : sorted.missing) {
      poll.troubled.push_back({std::move(id), "item_gone", "the provider does not hand out the item any more", {}, 0});
    }
    return {};
  }

  void count(const PollState& poll) {
    {
      const std::scoped_lock hold(mutex_);
      status_.items += poll.seen.size();
      status_.troubled += poll.troubled.size();
    }
    for (const PollTrouble& trouble : poll.troubled) {
      poller_.log_.warning(
          "MSO-3044", "an item of a mailbox could not be taken; after some tries it waits in `messo receipts quarantine list`",
          {{"provider", status_.provider_key}, {"mailbox", status_.mailbox}, {"code", trouble.code}, {"problem", trouble.problem}});
    }
  }

  // A page that is fetched while the one before it is being stored.
  struct PageAhead {
    ProviderPortPtr provider;
    std::string cursor;
    std::future<Result<PolledPage>> page;  // its destructor waits for the call
  };

  void look_ahead(const ProviderPortPtr& provider, const std::string& cursor) {
    const auto fetch = [provider, deadline = options_.deadline, request = PollOrder{status_.mailbox, cursor, {}, items_}] {
      return provider->receipts()->poll(request, deadline);
    };
    ahead_.emplace(provider, cursor, std::async(std::launch::async, fetch));
  }

  // The one fetched ahead where it begins at the position that is durable now, and nothing is to be handed out again.
  Result<PolledPage> next_page(const ProviderPortPtr& provider, ReceiptPort& port, const MailboxPosition& position) {
    if (auto ahead = std::exchange(ahead_, std::nullopt)) {
      auto page = ahead->page.get();
      if (ahead->provider == provider && ahead->cursor == position.cursor && position.again.empty()) return page;
    }
    return port.poll({status_.mailbox, position.cursor, position.again, items_}, options_.deadline);
  }

  // A mailbox takes one call at a time.
  Status acknowledge(ReceiptPort& port, const std::vector<std::string>& items) {
    if (items.empty()) return {};
    if (ahead_) ahead_->page.wait();
    if (auto told = port.ack(status_.mailbox, items, options_.deadline); !told) return told;
    return poller_.store_.mailboxes().acked(status_.provider, status_.mailbox, items);
  }

  static constexpr std::uint32_t kTold = 3;

  ReceiptPoller& poller_;
  const PollerOptions& options_;
  std::size_t items_ = options_.items;  // of this thread
  bool elsewhere_ = false;              // of this thread
  std::optional<PageAhead> ahead_;      // of this thread

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  ProviderPortPtr port_;
  Millis every_{};
  MailboxStatus status_;  // provider, key and mailbox never change
  bool ends_ = false, look_now_ = false;
  std::thread thread_;
};

ReceiptPoller::ReceiptPoller(PollerOptions options, Store& store, ReceiptDesk& desk, Ports ports, const Clock& clock, Log& log)
    : options_(std::move(options)), store_(store), desk_(desk), ports_(std::move(ports)), clock_(clock), log_(log) {}

ReceiptPoller::~ReceiptPoller() { stop(); }

void ReceiptPoller::start() {
  if (!control_.joinable()) control_ = std::thread([this] { control(); });
}

void ReceiptPoller::ring() {
  const std::scoped_lock hold(mutex_);
  rung_ = true;
  wake_.notify_all();
}

void ReceiptPoller::look(ProviderId provider, const std::string& mailbox) {
  const std::scoped_lock hold(mutex_);
  if (const auto at = runners_.find({provider, mailbox}); at != runners_.end()) at->second->look_now();
}

void ReceiptPoller::end_cycles() {
  const std::scoped_lock hold(mutex_);
  ends_ = true;
  for (const auto& [key, runner] : runners_) runner->end();
  wake_.notify_all();
}

void ReceiptPoller::stop() {
  end_cycles();
  if (control_.joinable()) control_.join();
  decltype(runners_) ended;
  {
    const std::scoped_lock hold(mutex_);
    ended.swap(runners_);
  }
}

// Follows the providers, and moves originals to their organisations.
void ReceiptPoller::control() {
  for (;;) {
    follow_ports();
    desk_.place_originals();
    std::unique_lock hold(mutex_);
    wake_.wait_for(hold, options_.originals_every, [this] { return rung_ || ends_; });
    rung_ = false;
    if (ends_) return;
  }
}

void ReceiptPoller::follow_ports() {
  std::map<Key, std::pair<ProviderPortPtr, Mailbox>> wanted;
  std::map<ProviderId, MailboxStatus> unlisted;
  for (const ProviderPortPtr& port : ports_()) {
    const auto receipts = port->receipts();
    if (receipts == nullptr || !receipts->polls()) continue;
    const ProviderId id = port->settings().id;
    auto found = receipts->mailboxes(kAskMailboxes);
    if (found) {
      for (Mailbox& one : *found) wanted.try_emplace({id, one.name}, port, one);
      continue;
    }
    if (found.error().code == "provider_stopped") continue;
    unlisted[id] = {id, port->settings().key, "", State::failing, 1, found.error().message, {}, 0, 0};
    // It may only be slow: those that run go on.
    const std::scoped_lock hold(mutex_);
    for (const auto& [key, runner] : runners_) {
      if (key.first == id) wanted.try_emplace(key, nullptr, Mailbox{});
    }
  }
  std::vector<std::shared_ptr<Runner>> ended;  // their threads end outside the lock
  {
    const std::scoped_lock hold(mutex_);
    if (ends_) return;
    unlisted_ = std::move(unlisted);
    std::erase_if(runners_, [&](auto& entry) {
      if (wanted.contains(entry.first)) return false;
      entry.second->end();
      ended.push_back(std::move(entry.second));
      return true;
    });
    for (const auto& [key, of] : wanted) {
      if (of.first == nullptr) continue;
      auto& runner = runners_[key];
      if (runner == nullptr) {
        runner = std::make_shared<Runner>(*this, of.first, of.second);
      } else {
        runner->follow(of.first, of.second);
      }
    }
  }
}

std::vector<MailboxStatus> ReceiptPoller::status() const {
  const std::scoped_lock hold(mutex_);
  std::vector<MailboxStatus> out;
  out.reserve(unlisted_.size() + runners_.size());
  for (const auto& [id, status] : unlisted_) out.push_back(status);
  for (const auto& [key, runner] : runners_) out.push_back(runner->status());
  std::ranges::sort(out, {}, [](const MailboxStatus& s) { return std::tie(s.provider_key, s.mailbox); });
  return out;
}

}  // namespace messo
