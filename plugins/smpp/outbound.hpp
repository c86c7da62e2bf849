// A message on its way to the SMSC, and a question about an earlier one. Owned by the pool's thread once submit() has put them there.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "messo_channel.hpp"
#include "smpp/addresses.hpp"

namespace messo::smpp {

enum class PartState : std::uint8_t {
  unsent,   // no octet of it is with the SMSC, or the SMSC said that it did not take it and may later
  out,      // written, in whole or in part; no response yet
  taken,    // the SMSC has it
  lost,     // it was out, and no response will come: nobody knows
  refused,  // the SMSC does not take it, for good
};

struct Outbound {
  messo_id attempt{};
  std::uint32_t priority = MESSO_NORMAL;
  Steady begin_before{};                   // not begun by then: given back
  std::optional<plugin::Outcome> verdict;  // it cannot be sent at all; no parts then

  Address source;
  std::vector<std::string> parts;           // submit_sm PDUs whose sequence number is still to be set
  std::vector<plugin::Reference> expected;  // user_message_references, one a part, when receipts are matched by them
  std::vector<PartState> states;            // by part
  std::vector<std::string> ids;             // message_id by part, as the SMSC wrote it; empty: none

  std::size_t out = 0;                  // parts in that state
  bool halted = false;                  // nothing more of it goes out before what is out has been answered
  std::optional<std::uint32_t> status;  // why: a command_status
  Steady begun{};                       // when its first part went out
  Steady not_before{};                  // its other parts wait until then
  unsigned tries = 0;                   // rounds its other parts were tried again

  std::size_t count(PartState state) const;
  std::size_t first_unsent() const;  // parts.size() when there is none
  // A part that was out is not any more; all but `taken` halts the message.
  void came_back(std::uint32_t part, PartState as);
};
using OutboundPtr = std::shared_ptr<Outbound>;

// query/1: one query_sm for each part.
struct Question {
  messo_id attempt{};
  Address source;
  std::vector<std::string> ids;      // as asked, by part
  std::vector<std::uint8_t> states;  // message_state by part; 0: no answer
  std::vector<plugin::Reference> references;
  std::size_t open = 0;  // answers to come
};
using QuestionPtr = std::shared_ptr<Question>;

}  // namespace messo::smpp
