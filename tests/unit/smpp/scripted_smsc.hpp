// An SMSC of a few lines for tests: takes binds, gives ids to messages, does what a test tells it instead. A thread a connection; stops
// with the object.
#pragma once
#include <openssl/types.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "smpp_pdu/pdu.hpp"

namespace messo::test {

class ScriptedSmsc {
 public:
  // One connection, as a hook sees it. Thread-safe.
  class Line {
   public:
    void send(const smpp::Pdu& pdu) { send_bytes(smpp::encode(pdu)); }
    void send_bytes(const std::string& bytes);
    void hang_up();
    std::atomic<bool> bound{false};
    smpp::BindRole role = smpp::BindRole::transceiver;

   private:
    friend class ScriptedSmsc;
    std::mutex mutex_;
    int socket_ = -1;
    ssl_st* tls_ = nullptr;
  };
  using LinePtr = std::shared_ptr<Line>;
  // True: the hook has done what is to be done with this PDU. [connection's thread]
  using Hook = std::function<bool(Line&, const smpp::Pdu&)>;

  // With certificate and key (PEM files): TLS from the first byte.
  explicit ScriptedSmsc(const std::string& certificate = {}, const std::string& key = {});
  ~ScriptedSmsc();
  ScriptedSmsc(const ScriptedSmsc&) = delete;
  ScriptedSmsc& operator=(const ScriptedSmsc&) = delete;

  std::uint16_t port() const { return port_; }
  // Each PDU of a client is shown to it first. The one before is not running any more once this returns.
  void on_pdu(Hook hook);
  // Bound lines that are still up and receive.
  std::vector<LinePtr> lines();
  // Sends on the newest line that receives; the status of its response. Throws after ten seconds without.
  std::uint32_t deliver(smpp::Body body);
  // Everything that came, in order.
  std::vector<smpp::SubmitSm> submits();
  std::size_t count(smpp::CommandId id);
  // No new connections, and the old ones die; or again.
  void hang_up_all();

  static std::string id_of(std::size_t number);  // what the number-th submit_sm gets, from 0

 private:
  void accept_all();
  void serve(const LinePtr& line);
  void take(Line& line, const smpp::Pdu& pdu);

  ssl_ctx_st* tls_ = nullptr;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::mutex hook_mutex_;
  Hook hook_;
  std::vector<LinePtr> lines_;
  std::vector<std::thread> threads_;
  std::vector<smpp::SubmitSm> submits_;
  std::vector<std::pair<smpp::CommandId, smpp::Pdu>> seen_;
  std::uint32_t next_ = 1'000'000;  // sequence numbers of our own requests
  std::atomic<bool> stop_{false};
  std::thread acceptor_;
};

// A receipt in text form, as most SMSCs write it.
smpp::DeliverSm receipt_for(const std::string& id, const std::string& stat, const std::string& phone = "393331234567");

}  // namespace messo::test
