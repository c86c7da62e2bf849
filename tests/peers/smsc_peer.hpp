// A real SMSC on loopback (SMPP 3.4) that takes messages, answers with ids and sends receipts, as fast as it goes or as it is told: for
// tests and benchmarks. As a library it runs inside the test; as the program `smsc_peer` it is told over a control port
// (smsc_peer_main.cpp).
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace messo::peers {

enum class SmscIds : std::uint8_t {
  decimal,  // "1000000017"
  hex,      // "000000003B9ACA11": upper case, leading zeros
};

struct SmscPeerOptions {
  std::uint16_t port = 0;                     // 0: a free one
  std::string system_id = {}, password = {};  // empty: anybody's. A wrong one is answered with ESME_RINVSYSID, ESME_RINVPASWD
  SmscIds response_ids = SmscIds::decimal;
  SmscIds receipt_ids = SmscIds::decimal;
  bool receipt_tlvs = false;                   // receipted_message_id and message_state besides the text
  std::chrono::milliseconds response_delay{};  // before submit_sm_resp
  std::chrono::milliseconds receipt_delay{};   // between the response and the receipt
  std::chrono::milliseconds receipt_spread{};  // added to it at random, up to this: receipts overtake one another
  std::uint32_t receipt_first_every = 0;       // every n-th receipt goes out before the submit_sm_resp; 0: none
  bool receipts_elsewhere = false;             // receipts go to another bind than the message came from, when there is one
  std::uint32_t receipt_window = 50;           // most receipts that wait for their deliver_sm_resp, a bind
  std::uint32_t undelivered_every = 0;         // every n-th message is UNDELIV, err 005; 0: all are DELIVRD
  std::uint32_t throttle_every = 0;            // every n-th submit_sm is answered with ESME_RTHROTTLED; 0: none
  std::uint32_t window = 0;                    // a submit_sm beyond so many unanswered ones is answered with ESME_RMSGQFUL; 0: no limit
  bool count_destinations = false;             // remembers each destination number, for `repeated`
};

struct SmscPeerStats {
  std::uint64_t connections = 0, binds = 0, refused_binds = 0, unbinds = 0, enquire_links = 0, queries = 0;
  std::uint64_t submits = 0;           // all that came
  std::uint64_t accepted = 0;          // with an id
  std::uint64_t throttled = 0;         // ESME_RTHROTTLED
  std::uint64_t over_window = 0;       // ESME_RMSGQFUL
  std::uint64_t largest_window = 0;    // most unanswered submit_sm of one bind
  std::uint64_t repeated = 0;          // accepted ones to a destination that had one; with count_destinations
  std::uint64_t receipts_sent = 0;     // also those sent again after a connection was lost
  std::uint64_t receipts_acked = 0;    // deliver_sm_resp with status 0
  std::uint64_t receipts_refused = 0;  // deliver_sm_resp with another: the receipt is sent again a second later
  std::uint64_t receipts_waiting = 0;  // asked for and not acknowledged yet
  std::uint64_t nacks = 0;             // PDUs that could not be read
};

// Receipts that cannot be sent, for nobody is bound to receive, wait; those not acknowledged when a connection ends are sent again.
// query_sm is answered. All functions from any thread.
class SmscPeer {
 public:
  explicit SmscPeer(SmscPeerOptions options = {});  // throws std::runtime_error when it cannot listen
  ~SmscPeer();
  SmscPeer(const SmscPeer&) = delete;
  SmscPeer& operator=(const SmscPeer&) = delete;

  std::uint16_t port() const;
  SmscPeerStats stats() const;
  void hold_receipts(bool hold);  // while held none is sent, whatever is due
  void throttle_every(std::uint32_t n);
  void drop_connections();
  // A text message to a bound receiver, as from a phone; in ASCII, at most 254. False: nobody is bound to receive.
  bool send_inbound(const std::string& from, const std::string& to, const std::string& text);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace messo::peers
