// Makes receipts durable, many at once, on a thread of its own: the SMSC's copy is acknowledged only after that, and the sessions go on
// meanwhile.
#pragma once
#include <functional>
#include <vector>

#include "messo_channel.hpp"
#include "smpp/workers.hpp"
#include "smpp_pdu/pdu.hpp"

namespace messo::smpp {

class ReceiptClerk {
 public:
  static constexpr std::size_t kMostWaiting = 5'000;
  static constexpr std::size_t kMostAtOnce = 1'000;
  static constexpr std::size_t kNoSession = SIZE_MAX;  // nobody waits for an acknowledgement

  enum class Result : std::uint8_t {
    durable,
    later,  // the store could not take it: the SMSC is asked to come again
    never,  // it is none
  };
  struct Slip {
    plugin::Receipt receipt;
    std::size_t session = kNoSession;
    std::uint64_t generation = 0;
    std::uint32_t sequence = 0;
    CommandId request = CommandId::deliver_sm;  // what is answered
    Result result = Result::later;
  };
  // [clerk's thread] What has been worked; the receipts themselves are empty then.
  using Done = std::function<void(std::vector<Slip>&&)>;

  ReceiptClerk(plugin::Host host, Done done);

  void start() { thread_.start(1); }
  // Moves it away; false: too many wait already, and it stays as it is.
  bool put(Slip& slip) { return thread_.put(slip); }
  // Nothing waits and nothing is being written.
  bool idle() { return thread_.idle(); }
  // Finishes what waits.
  void stop() { thread_.stop(); }

 private:
  void store(std::vector<Slip>& slips);

  const plugin::Host host_;
  const Done done_;
  Workers<Slip> thread_;
};

}  // namespace messo::smpp
