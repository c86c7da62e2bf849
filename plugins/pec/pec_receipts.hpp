// From what a message of the mailbox is to what the hub is told of it. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "messo_channel.hpp"
#include "pec_receipt/receipt.hpp"

namespace messo::pec {

// nullopt: nothing the hub needs (envelopes, anomalies that wrap no bounce of ours, presa in carico, rilevazione virus, ordinary mail). The
// receipt keeps `eml` as its original. A receipt without readable daticert, or whose headers contradict it, has no references: it is kept
// and settles nothing. `accept_external`: a recipient without PEC counts as accepted. `now_ms`: the time of a receipt that tells none.
std::optional<plugin::Receipt> receipt_of(const PecMessage& message, std::string_view eml, bool accept_external, std::int64_t now_ms);

}  // namespace messo::pec
