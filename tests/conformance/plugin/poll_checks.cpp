// receipts.poll/1.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "channel/receipt_calls.hpp"
#include "extension_checks.hpp"
#include "template/escape.hpp"

namespace messo::conformance {
namespace {

using namespace std::chrono_literals;

constexpr auto kLimit = 5s;             // what the plugin is given
constexpr auto kHangs = kLimit + 3s;    // and what it may take at most
constexpr std::size_t kMostLooked = 3;  // mailboxes

struct PolledMailboxes {
  std::vector<std::pair<std::string, std::int64_t>> found;
  std::int32_t code = MESSO_E_INTERNAL;
  char room[512] = {};
  messo_buffer error{room, sizeof room, 0};
};

struct Polled {
  CheckHost* host = nullptr;
  std::string mailbox, cursor;
  std::vector<std::string> again;
  std::size_t limit = 100, room_for = SIZE_MAX;

  std::int32_t code = MESSO_E_INTERNAL;
  std::vector<std::string> ids;
  std::set<std::string> wrong;  // sentences
  std::string next;
  bool more = false, refused = false;
  int done = 0;
  char room[512] = {};
  messo_buffer error{room, sizeof room, 0};

  std::string sentence() const { return clean_text({room, std::min(error.len, sizeof room)}, sizeof room); }
  std::int32_t take(const messo_poll_item* item);
};

std::int32_t Polled::take(const messo_poll_item* item) {
  if (item == nullptr || !MESSO_HAS(item, messo_poll_item, receipt_count))
    return wrong.insert("an item is NULL or too short"), MESSO_E_INVALID;
  if (refused) return wrong.insert("it goes on with items after the hub had no room: end the poll there"), MESSO_E_BUSY;
  if (done > 0) wrong.insert("it gives an item after it was done");
  if (ids.size() >= room_for) return refused = true, MESSO_E_BUSY;
  const std::string id(raw_view(item->id));
  if (id.empty() || id.size() > ReceiptCalls::kMaxItemId) {
    wrong.insert("an item has no id, or one over 512 bytes: it could neither be remembered nor set aside");
    return MESSO_E_INVALID;
  }
  if (std::ranges::find(ids, id) != ids.end()) wrong.insert("two items of one poll have the same id");
  ids.push_back(id);
  if (item->failed != 0) {
    if (item->code.len == 0 || item->problem.len == 0) wrong.insert("an item that failed has no code or no sentence");
    return MESSO_OK;
  }
  if (item->receipt_count > 0 && item->receipts == nullptr) return wrong.insert("an item's receipts are NULL"), MESSO_E_INVALID;
  for (std::size_t i = 0; i < std::min(item->receipt_count, ReceiptCalls::kMostReceipts); ++i) host->inspect(item->receipts[i]);
  if (item->receipt_count > ReceiptCalls::kMostReceipts) wrong.insert("an item has over 1000 receipts");
  return MESSO_OK;
}

std::shared_ptr<PolledMailboxes> mailboxes_of(ExtensionCheck& of, const messo_receipts_poll_v1& table) {
  auto run = std::make_shared<PolledMailboxes>();
  call_within(5s, "mailboxes()", of.one, of.broken, [run, &table, raw = of.one.raw()] {
    const messo_mailbox_sink sink{sizeof(messo_mailbox_sink), 0, run.get(), [](void* ctx, messo_str name, std::int64_t interval_ms) {
                                    static_cast<PolledMailboxes*>(ctx)->found.emplace_back(raw_view(name), interval_ms);
                                  }};
    run->code = table.mailboxes(raw, &sink, &run->error);
  });
  return run;
}

// One poll; what it broke is noted, and the run returned. Null when it did not come back.
std::shared_ptr<Polled> poll_once(ExtensionCheck& of, const messo_receipts_poll_v1& table, Polled order) {
  auto run = std::make_shared<Polled>(std::move(order));
  run->host = &of.one.host();
  run->error.ptr = run->room;
  const bool back =
      call_within(kHangs, fmt::format("poll() with {} ms", std::chrono::milliseconds(kLimit).count()), of.one, of.broken,
                  [run, &table, raw = of.one.raw()] {
                    std::vector<messo_str> again;
                    for (const std::string& id : run->again) again.push_back({id.data(), id.size()});
                    const messo_poll_request request{sizeof(messo_poll_request),
                                                     static_cast<std::uint32_t>(run->limit),
                                                     {run->mailbox.data(), run->mailbox.size()},
                                                     {run->cursor.data(), run->cursor.size()},
                                                     again.data(),
                                                     again.size(),
                                                     std::chrono::milliseconds(kLimit).count()};
                    const messo_poll_sink sink{sizeof(messo_poll_sink), 0, run.get(),
                                               [](void* ctx, const messo_poll_item* item) { return static_cast<Polled*>(ctx)->take(item); },
                                               [](void* ctx, messo_str cursor, std::uint32_t more) {
                                                 auto& to = *static_cast<Polled*>(ctx);
                                                 ++to.done;
                                                 to.next = raw_view(cursor);
                                                 to.more = more != 0;
                                               }};
                    run->code = table.poll(raw, &request, &sink, &run->error);
                  });
  if (!back) return nullptr;
  if (run->code == MESSO_OK && run->done != 1 && !run->refused) run->wrong.insert("poll() did not call done() exactly once");
  if (run->next.size() > ReceiptCalls::kMaxCursor) run->wrong.insert("its cursor is over 4096 bytes");
  if (run->code != MESSO_OK && run->error.len == 0) run->wrong.insert("poll() failed without a sentence for the operator");
  if (run->error.len > run->error.capacity) run->wrong.insert("it wrote beyond the room for its sentence");
  if (run->ids.size() > run->limit + run->again.size()) run->wrong.insert("it gives more items than the limit and those asked for again");
  for (const auto& sentence : run->wrong) {
    if (std::ranges::find(of.broken, sentence) == of.broken.end()) of.broken.push_back(sentence);
  }
  return run;
}

bool has_id(const Polled& run, const std::string& id) { return std::ranges::find(run.ids, id) != run.ids.end(); }

// What any mailbox has to survive, with an ordinary page before it.
void check_mailbox(ExtensionCheck& of, const messo_receipts_poll_v1& table, const std::string& mailbox) {
  const auto polled = [&](std::string cursor, std::vector<std::string> again = {}, std::size_t limit = 100,
                          std::size_t room_for = SIZE_MAX) {
    Polled order;
    order.mailbox = mailbox, order.cursor = std::move(cursor), order.again = std::move(again), order.limit = limit,
    order.room_for = room_for;
    return poll_once(of, table, std::move(order));
  };
  const auto first = polled("");
  if (first == nullptr) return;
  if (first->code != MESSO_OK) return of.broken.push_back("poll() of \"" + mailbox + "\" failed: " + first->sentence());
  of.notes.push_back(fmt::format("\"{}\": {} items{}", clean_text({mailbox.data(), mailbox.size()}, 255), first->ids.size(),
                                 first->more ? ", and more" : ""));
  // As after a crash before anything was durable.
  if (const auto same = polled(""); same != nullptr) {
    const bool all = std::ranges::all_of(first->ids, [&](const std::string& id) { return has_id(*same, id); });
    if (!all) of.broken.push_back("an item was not handed out again although nothing was acknowledged: poll() must not mark or remove it");
  }
  if (const auto next = polled(first->next); next != nullptr && next->code == MESSO_OK) {
    const bool none = std::ranges::none_of(first->ids, [&](const std::string& id) { return has_id(*next, id); });
    if (!none) of.broken.push_back("it hands out again what came before the cursor, though nobody asked for it");
  }
  std::vector<std::string> again{"no such item", std::string(512, 'i'), std::string("\xff\x00", 2)};
  if (!first->ids.empty()) again.push_back(first->ids.front());
  if (const auto asked = polled(first->next, again); asked != nullptr) {
    if (asked->code != MESSO_OK)
      of.broken.push_back("poll() failed because an item that is gone was asked for again: leave it out. It said: " + asked->sentence());
    if (asked->code == MESSO_OK && !first->ids.empty() && !has_id(*asked, first->ids.front()))
      of.broken.push_back("an item that is still there was asked for again and not handed out");
    if (has_id(*asked, "no such item")) of.broken.push_back("it hands out an item that does not exist");
  }
  polled("", {}, 1);
  if (!first->ids.empty()) polled("", {}, 100, first->ids.size() - 1);
  for (const auto& cursor : {std::string("-1"), std::string("\xff\x00{", 3), std::string(4096, '9')}) polled(cursor);
}

}  // namespace

void check_mailboxes(ExtensionCheck& of, const messo_receipts_poll_v1& table) {
  if (table.mailboxes == nullptr || table.poll == nullptr)
    return of.broken.push_back("its table of receipts.poll/1 lacks mailboxes or poll");
  const auto begin = std::chrono::steady_clock::now();
  const auto first = mailboxes_of(of, table), second = mailboxes_of(of, table);
  if (of.one.left_behind()) return;
  if (std::chrono::steady_clock::now() - begin > 2s) of.broken.push_back("mailboxes() took over a second: no network there");
  if (first->code != MESSO_OK)
    return of.broken.push_back("mailboxes() failed: " + clean_text({first->room, std::min(first->error.len, sizeof first->room)}, 512));
  if (first->found != second->found) of.broken.push_back("mailboxes() says something else each time: a cursor is kept under each name");
  std::set<std::string> names;
  for (const auto& [name, interval] : first->found) {
    if (name.empty() || name.size() > ReceiptCalls::kMaxMailbox) of.broken.push_back("a mailbox's name is empty or over 255 bytes");
    if (find_invalid_utf8(name) != std::string::npos) of.broken.push_back("a mailbox's name is not UTF-8");
    if (!names.insert(name).second) of.broken.push_back("two mailboxes have the same name: their cursors would be one");
    if (interval < 0) of.broken.push_back("a mailbox's interval is negative");
  }
  of.notes.push_back(fmt::format("{} mailboxes", first->found.size()));
}

void check_poll(ExtensionCheck& of, const messo_receipts_poll_v1& table) {
  const auto boxes = mailboxes_of(of, table);
  if (of.one.left_behind()) return;
  for (std::size_t i = 0; i < std::min(boxes->found.size(), kMostLooked) && !of.one.left_behind(); ++i)
    check_mailbox(of, table, boxes->found[i].first);
  if (boxes->found.empty()) of.notes.push_back("the configuration names no mailbox: give one that has some items to check more");
  for (const auto& name : {std::string("no such mailbox"), std::string(), std::string(255, 'm')}) {
    Polled order;
    order.mailbox = name;
    const auto run = poll_once(of, table, std::move(order));
    if (run != nullptr && !run->ids.empty() && std::ranges::none_of(boxes->found, [&](const auto& box) { return box.first == name; }))
      of.broken.push_back("it hands out items of a mailbox it never named");
  }
}

void check_ack(ExtensionCheck& of, const messo_receipts_poll_v1& table) {
  const auto boxes = mailboxes_of(of, table);
  const auto ack = [&](const std::string& mailbox, const std::vector<std::string>& ids, const char* what) {
    struct Call {
      std::string mailbox;
      std::vector<std::string> ids;
      std::int32_t code = MESSO_E_INTERNAL;
      char room[512] = {};
      messo_buffer error{room, sizeof room, 0};
    };
    const auto call = std::make_shared<Call>();
    call->mailbox = mailbox, call->ids = ids;
    const bool back = call_within(kHangs, "ack() with 5000 ms", of.one, of.broken, [call, &table, raw = of.one.raw()] {
      std::vector<messo_str> list;
      for (const auto& id : call->ids) list.push_back({id.data(), id.size()});
      call->code = table.ack(raw, {call->mailbox.data(), call->mailbox.size()}, list.data(), list.size(),
                             std::chrono::milliseconds(kLimit).count(), &call->error);
    });
    if (back && call->code != MESSO_OK)
      of.broken.push_back(
          fmt::format("ack() of {} failed: {}", what, clean_text({call->room, std::min(call->error.len, sizeof call->room)}, 512)));
  };
  for (std::size_t i = 0; i < std::min(boxes->found.size(), kMostLooked) && !of.one.left_behind(); ++i) {
    const std::string& name = boxes->found[i].first;
    Polled order;
    order.mailbox = name;
    const auto page = poll_once(of, table, std::move(order));
    if (page == nullptr || page->code != MESSO_OK) continue;
    if (!page->ids.empty()) ack(name, page->ids, "items just handed out");
    if (!page->ids.empty()) ack(name, page->ids, "the same items, as after a crash");
    ack(name, {"no such item", std::string(512, 'i')}, "items that are gone");
    of.notes.push_back(fmt::format("\"{}\": {} acknowledged twice", clean_text({name.data(), name.size()}, 255), page->ids.size()));
  }
}

void poll_beside(ExtensionCheck& of) {
  const auto* table = static_cast<const messo_receipts_poll_v1*>(of.one.table().extension("receipts.poll/1"));
  if (table == nullptr) return;
  const auto boxes = mailboxes_of(of, *table);
  for (std::size_t i = 0; i < std::min(boxes->found.size(), kMostLooked) && !of.one.left_behind(); ++i) {
    Polled order;
    order.mailbox = boxes->found[i].first;
    poll_once(of, *table, std::move(order));
  }
}

}  // namespace messo::conformance
