#include "api/receipt_figures.hpp"

#include "api/hub.hpp"

namespace messo::api {
namespace {

double figure(std::uint64_t value) { return static_cast<double>(value); }

class ProviderKeys {
 public:
  explicit ProviderKeys(DirectoryPtr directory) : directory_(std::move(directory)) {}
  std::string key(ProviderId id) const {
    const auto at = directory_->providers.find(id);
    return at == directory_->providers.end() ? id.to_string() : at->second.key;
  }
  FigureSheet::Labels labels(ProviderId id, const char* name, std::string value) const {
    return {{"provider", key(id)}, {name, std::move(value)}};
  }

 private:
  DirectoryPtr directory_;
};

// One counter, a value for each result and provider.
template <class Desk, class Sum>
void add_results(FigureSheet& sheet, const Desk& desk, const ProviderKeys& keys, const char* name, const char* help,
                 std::initializer_list<std::pair<const char*, std::uint64_t Sum::*>> results) {
  for (const auto& [id, sum] : desk.counters()) {
    for (const auto& [result, value] : results) sheet.counter(name, help, figure(sum.*value), keys.labels(id, "result", result));
  }
}

void add_taken(FigureSheet& sheet, const ReceiptDesk& desk, const ProviderKeys& keys) {
  using Sum = ReceiptCounters;
  add_results<ReceiptDesk, Sum>(sheet, desk, keys, "messo_receipts_total", "Receipts taken since the start, by what became of them",
                                {{"received", &Sum::received},
                                 {"duplicate", &Sum::duplicates},
                                 {"unmatched", &Sum::unmatched},
                                 {"changed", &Sum::changed},
                                 {"not_settling", &Sum::not_settling},
                                 {"store_error", &Sum::store_errors}});
  add_results<ReceiptDesk, Sum>(
      sheet, desk, keys, "messo_provider_final_receipts_total", "Final receipts that settle, by what they say",
      {{"delivered", &Sum::delivered}, {"bad_address", &Sum::bad_address}, {"expired", &Sum::expired}, {"undelivered", &Sum::undelivered}});
  add_results<ReceiptDesk, Sum>(sheet, desk, keys, "messo_provider_notices_total", "Notices that settle nothing final, by what they say",
                                {{"delayed", &Sum::delayed}, {"complained", &Sum::complained}});
  for (const auto& [id, sum] : desk.counters()) {
    const auto& took = sum.delivery_seconds;
    sheet.histogram("messo_provider_delivery_seconds", "From the attempt to the receipt that made its message delivered", took.bounds(),
                    took.counts(), took.sum(), {{"provider", keys.key(id)}});
  }
}

void add_calls(FigureSheet& sheet, const CallbackDesk& desk, const ProviderKeys& keys) {
  using Sum = CallbackCounters;
  add_results<CallbackDesk, Sum>(sheet, desk, keys, "messo_receipt_calls_total", "Calls of providers since the start, by their answer",
                                 {{"answered", &Sum::answered},
                                  {"refused", &Sum::refused},
                                  {"too_large", &Sum::too_large},
                                  {"too_many", &Sum::too_many},
                                  {"failed", &Sum::failed},
                                  {"unavailable", &Sum::unavailable}});
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
