#include "channel/receipt_calls.hpp"

#include <array>
#include <thread>

namespace messo {
namespace {

messo_str to_str(std::string_view text) { return {text.data(), text.size()}; }

// The border forbids exceptions in both directions.
template <class F>
std::int32_t shielded(F&& body) noexcept {
  try {
    return body();
  } catch (...) {
    return MESSO_E_INTERNAL;
  }
}

// What a call inside the plugin fills; it alone while it runs, whoever waited for it afterwards.
struct PluginRun {
  std::array<char, 1024> room{};
  messo_buffer error{room.data(), room.size(), 0};
  std::int32_t code = MESSO_E_INTERNAL;

  tl::unexpected<Error> failed(std::string stable_code, std::string_view otherwise) const {
    const std::string said = clean_text({room.data(), std::min(error.len, room.size())}, room.size());
    return fail(ErrorKind::unavailable, std::move(stable_code), said.empty() ? std::string(otherwise) : said);
  }
};

struct MailboxRun : PluginRun {
  std::vector<Mailbox> found;
};

struct PollRun : PluginRun {
  explicit PollRun(const PollOrder& given) : order(given) {}
  const PollOrder order;
  PolledPage page;
  std::size_t bytes = 0, receipts = 0;
  bool too_large = false, bad_item = false, done = false;

  std::int32_t add(const messo_poll_item& raw);
};

// What the hub would keep of it: the item itself where it failed, its receipts' originals otherwise.
std::size_t size_of(const messo_poll_item& raw) {
  if (raw.failed != 0) return raw.raw.len;
  std::size_t bytes = 0;
  for (std::size_t i = 0; raw.receipts != nullptr && i < std::min(raw.receipt_count, ReceiptCalls::kMostReceipts); ++i) {
    if (raw.receipts[i] != nullptr && MESSO_HAS(raw.receipts[i], messo_receipt, raw)) bytes += raw.receipts[i]->raw.len;
  }
  return bytes;
}

// The item byte for byte: itself, or the original its first receipt brings.
messo_str bytes_of(const messo_poll_item& raw) {
  if (raw.raw.len > 0 || raw.receipts == nullptr || raw.receipt_count == 0 || raw.receipts[0] == nullptr) return raw.raw;
  return MESSO_HAS(raw.receipts[0], messo_receipt, raw) ? raw.receipts[0]->raw : messo_str{};
}

std::int32_t PollRun::add(const messo_poll_item& raw) {
  if (!MESSO_HAS(&raw, messo_poll_item, receipt_count) || raw.id.len == 0 || raw.id.len > ReceiptCalls::kMaxItemId) {
    bad_item = true;  // without an id it cannot be told from others, nor set aside
    return MESSO_E_INVALID;
  }
  if (page.items.size() >= order.limit + order.again.size()) return too_large = true, MESSO_E_BUSY;
  PolledItem item;
  item.id = raw_view(raw.id);
  const std::size_t size = size_of(raw);
  const auto trouble = [&](std::string why, std::string sentence) {
    item.receipts.clear();
    item.code = std::move(why);
    item.problem = std::move(sentence);
    const messo_str whole = bytes_of(raw);
    if (whole.len <= ReceiptCalls::kMostItemBytes) item.raw = raw_view(whole);
  };
  if (size > ReceiptCalls::kMostItemBytes) {
    trouble("item_too_large", "the item is over 32 MiB");
  } else if (raw.failed != 0) {
    trouble(clean_code(raw.code, "plugin_failed"), clean_text(raw.problem, kMaxPublicText));
  } else if (raw.receipt_count > ReceiptCalls::kMostReceipts || (raw.receipts == nullptr && raw.receipt_count > 0)) {
    trouble("bad_receipt", "the plugin gave more receipts than an item may have");
  } else {
    for (std::size_t i = 0; i < raw.receipt_count; ++i) {
      auto receipt = raw.receipts[i] != nullptr ? read_receipt(*raw.receipts[i]) : std::nullopt;
      if (!receipt) {
        trouble("bad_receipt", "the plugin gave a receipt without dedupe key, or whose references are none");
        break;
      }
      item.receipts.push_back(std::move(*receipt));
    }
  }
  const std::size_t kept = item.failed() ? item.raw.size() : size;
  const bool fits = bytes + kept <= ReceiptCalls::kMostPageBytes && receipts + item.receipts.size() <= ReceiptCalls::kMostPageReceipts;
  if (!fits && !page.items.empty()) return too_large = true, MESSO_E_BUSY;
  bytes += kept;
  receipts += item.receipts.size();
  page.items.push_back(std::move(item));
  return MESSO_OK;
}

struct AckRun : PluginRun {
  std::string mailbox;
  std::vector<std::string> items;
};

struct CallbackRun : PluginRun {
  explicit CallbackRun(const ReceiptCall& given) : request(given) {}
  const ReceiptCall request;
  ReceiptCallAnswer answer;
  bool bad_receipt = false;

  std::int32_t add(const messo_receipt* raw) {
    auto receipt = raw != nullptr && answer.receipts.size() < ReceiptCalls::kMostReceipts ? read_receipt(*raw) : std::nullopt;
    if (!receipt) return bad_receipt = true, MESSO_E_INVALID;
    answer.receipts.push_back(std::move(*receipt));
    return MESSO_OK;
  }
  void reply(std::uint32_t status, messo_str content_type, messo_str body) {
    answer.status = status >= 200 && status <= 599 ? static_cast<int>(status) : 500;
    answer.content_type = clean_text(content_type, 128);
    answer.body = raw_view(body).substr(0, ReceiptCalls::kMostAnswer);
  }
};

}  // namespace

ReceiptCalls::ReceiptCalls(PluginPtr plugin, std::shared_ptr<PluginBorder> border, messo_instance* instance,
                           const messo_receipts_poll_v1* poll, const messo_receipts_callback_v1* callback)
    : plugin_(std::move(plugin)), border_(std::move(border)), instance_(instance), poll_(poll), callback_(callback) {}

Status ReceiptCalls::bounded(const std::string& lane_name, Millis limit, std::size_t most_waiting, std::function<void()> body) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  const auto stopped = [] { return fail(ErrorKind::unavailable, "provider_stopped", "the provider is stopped"); };
  const auto hangs = [] { return fail(ErrorKind::unavailable, "plugin_hangs", "the plugin does not return from its call"); };
  std::unique_lock hold(mutex_);
  Lane& lane = lanes_[lane_name];  // never erased: references to a map's elements stay
  if (lane.busy && lane.waiting >= most_waiting) return fail(ErrorKind::overloaded, "calls_waiting", "too many calls wait for the plugin");
  ++lane.waiting;
  const bool free = changed_.wait_until(hold, deadline, [&] { return !lane.busy || refusing_; });
  --lane.waiting;
  if (refusing_) return stopped();
  if (!free) return hangs();
  lane.busy = true;
  ++running_;
  const auto done = std::make_shared<bool>(false);
  try {
    std::thread([self = shared_from_this(), &lane, done, work = std::move(body)]() mutable {
      work();
      work = nullptr;
      const std::scoped_lock in(self->mutex_);
      *done = true;
      lane.busy = false;
      --self->running_;
      self->changed_.notify_all();
    }).detach();
  } catch (const std::exception&) {
    lane.busy = false;
    --running_;
    return fail(ErrorKind::unavailable, "no_thread", "the system gives no more threads");
  }
  changed_.wait_until(hold, deadline, [&] { return *done || refusing_; });
  if (*done) return {};
  if (refusing_) return stopped();
  return hangs();
}

void ReceiptCalls::refuse() {
  const std::scoped_lock hold(mutex_);
  refusing_ = true;
  changed_.notify_all();
}

bool ReceiptCalls::end(Millis limit) {
  std::unique_lock hold(mutex_);
  refusing_ = true;
  changed_.notify_all();
  return changed_.wait_for(hold, limit, [this] { return running_ == 0; });
}

Result<std::vector<Mailbox>> ReceiptCalls::mailboxes(Millis limit) {
  if (poll_ == nullptr) return std::vector<Mailbox>{};
  const auto run = std::make_shared<MailboxRun>();
  const auto ended = bounded("mailboxes", limit, 1, [run, self = shared_from_this()] {
    const messo_mailbox_sink sink{sizeof(messo_mailbox_sink), 0, run.get(), [](void* ctx, messo_str name, std::int64_t interval_ms) {
                                    shielded([&] {
                                      auto& found = static_cast<MailboxRun*>(ctx)->found;
                                      if (name.len == 0 || name.len > kMaxMailbox || found.size() >= kMostMailboxes) return MESSO_E_INVALID;
                                      found.push_back({clean_text(name, kMaxMailbox), Millis{std::max<std::int64_t>(interval_ms, 0)}});
                                      return MESSO_OK;
                                    });
                                  }};
    run->code = shielded([&] { return self->poll_->mailboxes(self->instance_, &sink, &run->error); });
  });
  if (!ended) return fail(Error(ended.error()));
  if (run->code != MESSO_OK) return run->failed("poll_failed", "the plugin cannot say which mailboxes it has");
  return std::move(run->found);
}

Result<PolledPage> ReceiptCalls::poll(const PollOrder& order, Millis limit) {
  if (poll_ == nullptr) return fail(ErrorKind::unavailable, "poll_failed", "the plugin has no mailboxes");
  const auto run = std::make_shared<PollRun>(order);
  const auto ended = bounded("mailbox " + order.mailbox, limit, 1, [run, limit, self = shared_from_this()] {
    std::vector<messo_str> again;
    again.reserve(run->order.again.size());
    for (const std::string& id : run->order.again) again.push_back(to_str(id));
    const messo_poll_request request{sizeof(messo_poll_request),
                                     static_cast<std::uint32_t>(run->order.limit),
                                     to_str(run->order.mailbox),
                                     to_str(run->order.cursor),
                                     again.data(),
                                     again.size(),
                                     limit.count()};
    const messo_poll_sink sink{
        sizeof(messo_poll_sink), 0, run.get(),
        [](void* ctx, const messo_poll_item* item) {
          return shielded([&] { return item == nullptr ? std::int32_t{MESSO_E_INVALID} : static_cast<PollRun*>(ctx)->add(*item); });
        },
        [](void* ctx, messo_str cursor, std::uint32_t more) {
          shielded([&] {
            auto& to = *static_cast<PollRun*>(ctx);
            to.done = cursor.len <= kMaxCursor;
            to.page.cursor = raw_view(cursor);
            to.page.more = more != 0;
            return MESSO_OK;
          });
        }};
    run->code = shielded([&] { return self->poll_->poll(self->instance_, &request, &sink, &run->error); });
  });
  if (!ended) return fail(Error(ended.error()));
  if (run->too_large) return fail(ErrorKind::unavailable, "page_too_large", "the plugin gave more in one poll than fits");
  if (run->bad_item) return fail(ErrorKind::unavailable, "poll_failed", "the plugin gave an item without a usable id");
  if (run->code != MESSO_OK) return run->failed("poll_failed", "the plugin could not poll and did not say why");
  if (!run->done) return fail(ErrorKind::unavailable, "poll_failed", "the plugin did not say where the next poll begins");
  return std::move(run->page);
}

Status ReceiptCalls::ack(const std::string& mailbox, std::span<const std::string> items, Millis limit) {
  if (poll_ == nullptr || items.empty()) return {};
  const auto run = std::make_shared<AckRun>();
  run->mailbox = mailbox;
  run->items.assign(items.begin(), items.end());
  const auto ended = bounded("mailbox " + mailbox, limit, 1, [run, limit, self = shared_from_this()] {
    std::vector<messo_str> ids;
    ids.reserve(run->items.size());
    for (const std::string& id : run->items) ids.push_back(to_str(id));
    run->code = shielded(
        [&] { return self->poll_->ack(self->instance_, to_str(run->mailbox), ids.data(), ids.size(), limit.count(), &run->error); });
  });
  if (!ended) return fail(Error(ended.error()));
  if (run->code != MESSO_OK) return run->failed("ack_failed", "the plugin could not acknowledge and did not say why");
  return {};
}

Result<ReceiptCallAnswer> ReceiptCalls::call(const ReceiptCall& given, Millis limit) {
  if (callback_ == nullptr) return fail(ErrorKind::unavailable, "call_failed", "the plugin takes no calls");
  const auto run = std::make_shared<CallbackRun>(given);
  const auto ended = bounded("calls", limit, kMostWaiting, [run, self = shared_from_this()] {
    const ReceiptCall& r = run->request;
    const messo_http_request request{sizeof(messo_http_request),
                                     0,
                                     to_str(r.method),
                                     to_str(r.path),
                                     to_str(r.query),
                                     to_str(r.headers_json),
                                     to_str(r.body),
                                     to_str(r.client_address),
                                     to_str(r.url)};
    const messo_callback_sink sink{
        sizeof(messo_callback_sink), 0, run.get(),
        [](void* ctx, const messo_receipt* receipt) { return shielded([&] { return static_cast<CallbackRun*>(ctx)->add(receipt); }); },
        [](void* ctx, std::uint32_t status, messo_str content_type, messo_str body) {
          shielded([&] { return static_cast<CallbackRun*>(ctx)->reply(status, content_type, body), MESSO_OK; });
        }};
    run->code = shielded([&] { return self->callback_->on_request(self->instance_, &request, &sink, &run->error); });
  });
  if (!ended) return fail(Error(ended.error()));
  if (run->bad_receipt) {
    return fail(ErrorKind::unavailable, "bad_receipt", "the plugin gave a receipt without dedupe key, or whose references are none");
  }
  if (run->code != MESSO_OK) return run->failed("call_failed", "the plugin failed on the call and did not say why");
  return std::move(run->answer);
}

}  // namespace messo
