// All sessions of one provider with its SMSC, driven by one thread that never waits for anything but poll(2); three more wait for it: the
// dialer for the network, the clerk for the store's commits, and some for references that have to be durable first.
#pragma once
#include <array>
#include <atomic>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "messo_channel.hpp"
#include "smpp/dialer.hpp"
#include "smpp/messages.hpp"
#include "smpp/receipt_clerk.hpp"
#include "smpp/receipts.hpp"
#include "smpp/session.hpp"
#include "smpp/workers.hpp"

namespace messo::smpp {

// Control calls (start, stop, probe) one at a time; submit() and query() from any thread.
class SmppPool {
 public:
  SmppPool(SmppSettings settings, plugin::Host host);
  ~SmppPool();  // after stop()
  SmppPool(const SmppPool&) = delete;
  SmppPool& operator=(const SmppPool&) = delete;

  // As plugin::Channel's.
  void start();
  bool submit(plugin::Batch batch);
  void stop(std::chrono::milliseconds drain);
  plugin::Probes::Report probe(std::chrono::milliseconds limit);
  // As plugin::Queries'.
  std::int32_t query(const messo_id& attempt, const std::vector<plugin::Reference>& references);

 private:
  struct Dialled {
    std::size_t session;
    tl::expected<StreamPtr, SessionTrouble> result;
  };
  struct Kept {
    OutboundPtr message;
    bool kept;
  };
  // What other threads have for the pool's.
  struct Inbox {
    std::vector<OutboundPtr> messages;
    std::vector<Kept> kept;
    std::vector<Dialled> dialled;
    std::vector<ReceiptClerk::Slip> slips;
    std::vector<QuestionPtr> questions;
    bool stop = false;
  };
  // What is remembered of a message whose fate is unknown, for a question about it.
  struct Doubt {
    Address source;
    std::vector<std::string> ids;
  };

  // ---- the thread (pool.cpp)
  template <class F>
  void tell(F&& put);
  void ring();
  void work();
  void take_inbox();
  void wait(Steady now, bool at_once);
  Steady next_event(Steady now);
  void run_timers(Steady now);
  void stop_gently(Steady now);

  // ---- sessions (pool_sessions.cpp)
  void dial_what_is_due(Steady now);
  void take_stream(Dialled&& dialled);
  void take_pdu(Session& session, Pdu&& pdu);
  void take_bind(Session& session, std::uint32_t status);
  void take_response(Session& session, Pdu&& pdu);
  void take_incoming(Session& session, std::uint32_t sequence, CommandId request, const DeliverSm& deliver);
  void acknowledge(const ReceiptClerk::Slip& slip);
  void lose(Session& session, const SessionTrouble& trouble);
  void drain(Session& session, const SessionTrouble& trouble);
  void useless(Session& session);
  void watch_over(Session& session, Steady now);
  void note_radix();
  bool can_send() const;

  // ---- sending (pool_sending.cpp)
  void arrive(OutboundPtr message);
  void line_up(OutboundPtr message);
  OutboundPtr next_message(Steady now);
  void send_what_can_be(Steady now);
  bool has_room(const Session& session) const;
  void send_parts(Session& session, const OutboundPtr& message, Steady now);
  void take_submitted(Session& session, Awaited& awaited, std::uint32_t status, std::string id);
  void settle(const OutboundPtr& message, Steady now);
  Steady give_up_at(const Outbound& message) const;
  void finish(const Outbound& message);
  void answer(const messo_id& attempt, const plugin::Outcome& outcome);
  void throttled(std::uint32_t status, Steady sent_at, Steady now);
  void relaxed(Steady now);
  void pause(const SessionTrouble& trouble, Steady until);
  void grant(Steady now);
  void give_back_waiting(const plugin::Outcome& outcome);
  bool anything_waits() const;

  // ---- questions (pool_queries.cpp)
  void ask(const QuestionPtr& question, Steady now);
  void take_queried(const Awaited& awaited, std::uint32_t status, const QuerySmResponse* response);
  void answer_question(const Question& question);
  void remember_doubt(const Outbound& message);

  const SmppSettings settings_;
  const Poco::Net::Context::Ptr tls_;
  const plugin::Host host_;
  ReferenceNumbers numbers_;
  IdRadix radix_;
  ReceiptIds radix_told_;
  ReceiptClerk clerk_;
  Dialer dialer_;
  Workers<OutboundPtr> expectations_;  // has the hub keep references before their message leaves

  std::mutex inbox_mutex_;
  Inbox inbox_;
  bool rung_ = false;
  int bell_ = -1;  // eventfd
  std::atomic<std::size_t> room_taken_{0};
  std::atomic<std::size_t> bound_{0};  // sessions that can send
  std::atomic<bool> probe_abort_{false};
  std::thread thread_;

  // The pool's thread alone:
  std::vector<std::unique_ptr<Session>> sessions_;
  std::array<std::deque<OutboundPtr>, 4> waiting_;  // by priority; nothing of them is out
  std::list<OutboundPtr> begun_;                    // some parts taken, the others to be tried again
  std::size_t in_hand_ = 0;                         // messages without outcome
  std::size_t being_kept_ = 0;                      // of these, with expectations_
  std::unordered_map<messo_id, Doubt, plugin::IdHash, plugin::IdEqual> doubts_;
  std::deque<messo_id> doubt_order_;

  double allowed_;          // submits a session may have out: less after a throttle
  unsigned throttles_ = 0;  // pauses in a row with nothing taken in between
  Steady throttled_at_{}, throttled_until_{};
  std::string throttle_reason_;
  Steady throttle_logged_{};
  bool taken_since_throttle_ = false;
  Steady paused_until_{};  // no session, or refused here
  SessionTrouble pause_trouble_;
  bool receipts_late_ = false;  // the store could not take some: told once

  bool stopping_ = false;
  bool drained_ = false;
  std::chrono::milliseconds drain_{0};  // set before Inbox::stop
  Steady drain_until_{};
  bool unbinding_ = false;
};

}  // namespace messo::smpp
