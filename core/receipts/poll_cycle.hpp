// What one look into a mailbox found, sorted before it is stored. Pure.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "channel/receipt_port.hpp"
#include "store/mailbox_store.hpp"

namespace messo {

struct SortedPage {
  std::vector<Receipt> receipts;
  std::vector<std::string> seen;     // fresh and taken: to be remembered with the receipts
  std::vector<std::string> known;    // taken before: only to be acknowledged again
  std::vector<PolledItem> troubled;  // fresh, and could not be read
  std::vector<std::string> missing;  // asked for again, and not there any more
};

// `known[i]` says what the store knows of the page's i-th item. An item handed out twice in one page counts once.
SortedPage sort_page(PolledPage page, std::span<const ItemKnown> known, std::span<const std::string> again);

// How long to wait after the n-th failure in a row: doubled each time, within the two.
Millis poll_back_off(std::uint32_t failures, Millis first, Millis longest);

}  // namespace messo
