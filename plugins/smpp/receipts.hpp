// From a deliver_sm or data_sm to what the hub is told: delivery receipts and inbound messages.
#pragma once
#include <array>
#include <deque>
#include <string>
#include <unordered_set>

#include "messo_channel.hpp"
#include "smpp/settings.hpp"
#include "smpp_pdu/pdu.hpp"
#include "smpp_pdu/receipt.hpp"

namespace messo::smpp {

// Which radix receipts write ids in (settings.receipt_ids). With "auto" it learns from ids of responses it saw itself: three receipts in a
// row whose id is known in one radix only decide for the rest of the run. One thread.
class IdRadix {
 public:
  static constexpr std::size_t kRemembered = 16'384;

  explicit IdRadix(ReceiptIds how) : how_(how) {}
  // An id of a submit_sm_resp.
  void saw(std::string_view id);
  // The id of a receipt, normalised, as the response had it.
  std::string as_in_response(std::string_view id);
  // What "auto" has decided for; automatic while it has not.
  ReceiptIds known() const { return how_; }

 private:
  bool seen(const std::string& normalised) const { return seen_.contains(normalised); }

  ReceiptIds how_;
  ReceiptIds last_ = ReceiptIds::automatic;
  unsigned in_a_row_ = 0;
  std::unordered_set<std::string> seen_;
  std::deque<std::string> order_;
};

// What a deliver_sm is: a receipt ("sms.delivered", ...) or an inbound message ("sms.inbound", raw: JSON {from, to, text, at}, with part,
// parts and reference when it is one of several). `now_ms`: Unix. No input makes it fail.
plugin::Receipt read_incoming(const DeliverSm& deliver, IdRadix& radix, const SmppSettings& settings, std::int64_t now_ms);
// The same PDU as a deliver_sm: what a data_sm has is enough for either.
DeliverSm as_deliver(DataSm data);

// The receipt that a query_sm_resp stands for; nothing while there is no final state.
std::optional<plugin::Receipt> receipt_of_query(const std::string& id, std::uint32_t part, State state, std::int64_t now_ms);

}  // namespace messo::smpp
