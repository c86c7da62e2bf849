#include "receipts/poll_cycle.hpp"

#include <algorithm>
#include <unordered_set>

namespace messo {

SortedPage sort_page(PolledPage page, std::span<const ItemKnown> known, std::span<const std::string> again) {
  SortedPage out;
  std::unordered_set<std::string> met;
  for (std::size_t i = 0; i < page.items.size(); ++i) {
    PolledItem& item = page.items[i];
    if (!met.insert(item.id).second || known[i] == ItemKnown::quarantined) continue;
    if (known[i] == ItemKnown::seen) {
      out.known.push_back(std::move(item.id));
    } else if (item.failed()) {
      out.troubled.push_back(std::move(item));
    } else {
      std::ranges::move(item.receipts, std::back_inserter(out.receipts));
      out.seen.push_back(std::move(item.id));
    }
  }
  for (const std::string& id : again) {
    if (!page.more && !met.contains(id)) out.missing.push_back(id);
  }
  return out;
}

Millis poll_back_off(std::uint32_t failures, Millis first, Millis longest) {
  Millis wait = first;
  for (std::uint32_t i = 1; i < failures && wait < longest; ++i) wait *= 2;
  return std::min(wait, longest);
}

}  // namespace messo
