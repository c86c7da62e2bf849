// Makes receipts durable, many at once, on a thread of its own: the SMSC's copy is acknowledged only after that, and the sessions go on
// meanwhile.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "messo_channel.hpp"

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
    bool data_sm = false;  // what is answered: data_sm or deliver_sm
    Result result = Result::later;
  };
  // [clerk's thread] What has been worked; the receipts themselves are empty then.
  using Done = std::function<void(std::vector<Slip>&&)>;

  ReceiptClerk(plugin::Host host, Done done) : host_(host), done_(std::move(done)) {}
  ~ReceiptClerk() { stop(); }

  void start();
  // Moves it away; false: too many wait already, and it stays as it is.
  bool put(Slip& slip);
  // Nothing waits and nothing is being written.
  bool idle();
  // Finishes what waits.
  void stop();

 private:
  void work();
  void store(std::vector<Slip>& slips);

  const plugin::Host host_;
  const Done done_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Slip> waiting_;
  bool busy_ = false;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace messo::smpp
