// A provider whose mailboxes and calls the test holds in its hands.
#pragma once
#include <gtest/gtest.h>

#include <map>

#include "channel/provider_port.hpp"
#include "store/engines.hpp"
#include "support/wait_until.hpp"

namespace messo::test {

class FakeReceipts final : public ReceiptPort {
 public:
  struct World {
    std::map<std::string, std::vector<PolledItem>> boxes;  // items by mailbox; the cursor counts them
    std::map<std::string, std::vector<std::string>> acked;
    std::optional<Error> poll_error, ack_error, call_error;
    ReceiptCallAnswer answer;
    std::size_t polls = 0, calls = 0;
    Millis every{10};
    bool listed = true;
  };

  bool polls() const override { return true; }
  bool takes_calls() const override { return true; }
  Result<std::vector<Mailbox>> mailboxes(Millis) override {
    return world.with([](const World& w) -> Result<std::vector<Mailbox>> {
      if (!w.listed) return fail(ErrorKind::unavailable, "poll_failed", "the account is closed");
      std::vector<Mailbox> out;
      for (const auto& [name, items] : w.boxes) out.push_back({name, w.every});
      return out;
    });
  }
  Result<PolledPage> poll(const PollOrder& order, Millis) override {
    return world.with([&](World& w) -> Result<PolledPage> {
      ++w.polls;
      if (w.poll_error) return fail(*w.poll_error);
      const auto& box = w.boxes[order.mailbox];
      std::size_t at = order.cursor.empty() ? 0 : std::stoul(order.cursor);
      PolledPage page;
      for (const auto& item : box) {
        if (std::ranges::find(order.again, item.id) != order.again.end()) page.items.push_back(item);
      }
      for (std::size_t n = 0; at < box.size() && n < order.limit; ++n) page.items.push_back(box[at++]);
      page.more = at < box.size();
      page.cursor = std::to_string(at);
      return page;
    });
  }
  Status ack(const std::string& mailbox, std::span<const std::string> items, Millis) override {
    return world.with([&](World& w) -> Status {
      if (w.ack_error) return fail(*w.ack_error);
      w.acked[mailbox].insert(w.acked[mailbox].end(), items.begin(), items.end());
      return {};
    });
  }
  Result<ReceiptCallAnswer> call(const ReceiptCall&, Millis) override {
    return world.with([&](World& w) -> Result<ReceiptCallAnswer> {
      ++w.calls;
      if (w.call_error) return fail(*w.call_error);
      return w.answer;
    });
  }

  Guarded<World> world;
};

class FakePort final : public ProviderPort {
 public:
  explicit FakePort(Provider settings) : settings_(std::move(settings)) {}
  const Provider& settings() const override { return settings_; }
  bool simulated() const override { return false; }
  std::size_t preferred_batch() const override { return 1; }
  std::size_t max_batch() const override { return 1; }
  Submitted submit(std::span<const OutgoingMessage>) override { return Submitted::busy; }
  ReceiptPortPtr receipts() const override { return port; }
  void stop(Millis) override {}

  std::shared_ptr<FakeReceipts> port = std::make_shared<FakeReceipts>();

 private:
  Provider settings_;
};

inline Provider pec_provider(std::string key = "pec") {
  Provider out;
  out.id = ProviderId::make(from_unix_ms(1'780'000'000'000));
  out.key = std::move(key);
  out.plugin = "pec";
  out.channel = Channel::pec;
  out.pool = "pec";
  out.callback_token = make_callback_token();
  out.version = 1;
  return out;
}

inline Receipt some_receipt(const std::string& key) {
  Receipt out;
  out.dedupe_key = key;
  out.kind = ReceiptKind::delivered;
  out.verification = Verification::valid;
  out.references.push_back({"message_id", "<" + key + ">", 0});
  return out;
}
inline PolledItem item_with(const std::string& id) { return {id, {some_receipt(id)}, {}, {}, {}}; }
inline PolledItem broken_item(const std::string& id) { return {id, {}, "pec.broken", "the envelope is damaged", "bytes of " + id}; }

}  // namespace messo::test
