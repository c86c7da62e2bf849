#include "api/receipt_figures.hpp"

#include "api/hub.hpp"

namespace messo::api {
namespace {

double figure(std::uint64_t value) { return static_cast<double>(value); }

class ProviderKeys {
 public:
  explicit ProviderKeys(DirectoryPtr directory) : directory_(std::move(directory)) {}
  FigureSheet::Labels labels(ProviderId id, const char* name, std::string value) const {
    const auto at = directory_->providers.find(id);
    return {{"provider", at == directory_->providers.end() ? id.to_string() : at->second.key}, {name, std::move(value)}};
  }

 private:
  DirectoryPtr directory_;
};

void add_taken(FigureSheet& sheet, const ReceiptDesk& desk, const ProviderKeys& keys) {
  for (const auto& [id, sum] : desk.counters()) {
    const auto add = [&](const char* what, std::uint64_t value) {
      sheet.counter("messo_receipts_total", "Receipts taken since the start, by what became of them", figure(value),
                    keys.labels(id, "result", what));
    };
    add("received", sum.received);
    add("duplicate", sum.duplicates);
    add("unmatched", sum.unmatched);
    add("changed", sum.changed);
    add("not_settling", sum.not_settling);
    add("store_error", sum.store_errors);
  }
}

void add_calls(FigureSheet& sheet, const CallbackDesk& desk, const ProviderKeys& keys) {
  for (const auto& [id, sum] : desk.counters()) {
    const auto add = [&](const char* what, std::uint64_t value) {
      sheet.counter("messo_receipt_calls_total", "Calls of providers since the start, by their answer", figure(value),
                    keys.labels(id, "result", what));
    };
    add("answered", sum.answered);
    add("refused", sum.refused);
    add("too_large", sum.too_large);
    add("too_many", sum.too_many);
    add("failed", sum.failed);
    add("unavailable", sum.unavailable);
  }
}

void add_mailboxes(FigureSheet& sheet, const ReceiptPoller& poller) {
  for (const auto& box : poller.status()) {
    const FigureSheet::Labels labels{{"provider", box.provider_key}, {"mailbox", box.mailbox}};
    const bool works = box.state == MailboxStatus::State::waiting || box.state == MailboxStatus::State::polling;
    sheet.gauge("messo_mailbox_up", "1 while the mailbox can be polled by this node", works ? 1 : 0, labels);
    sheet.counter("messo_mailbox_items_total", "Items taken from the mailbox since the start", figure(box.items), labels);
    sheet.counter("messo_mailbox_troubled_total", "Failed tries to take an item since the start", figure(box.troubled), labels);
  }
}

}  // namespace

void add_receipt_figures(FigureSheet& sheet, const ApiParts& parts) {
  if (const auto receipts = parts.store.receipts().figures(parts.clock.now())) {
    sheet.gauge("messo_receipts_unmatched", "Receipts that belong to no delivery (yet); at most 100000 are counted",
                figure(receipts->unmatched));
    sheet.gauge("messo_receipts_quarantined", "Items of mailboxes that wait for an operator", figure(receipts->quarantined));
  }
  const ProviderKeys keys(parts.store.directory().snapshot());
  if (parts.receipts != nullptr) add_taken(sheet, *parts.receipts, keys);
  if (parts.callbacks != nullptr) add_calls(sheet, *parts.callbacks, keys);
  if (parts.poller != nullptr) add_mailboxes(sheet, *parts.poller);
}

}  // namespace messo::api
