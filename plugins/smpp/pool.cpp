#include "smpp/pool.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace messo::smpp {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::size_t kExpectationThreads = 16;  // side by side, so that their writes share commits
constexpr Millis kLookAgain{500};                // while anything is in hand: nothing may hang on an event that was missed
constexpr Millis kLongestSleep{30'000};
constexpr Millis kUnbindWait{1'000};
constexpr std::int64_t kLongestWait = 366LL * 24 * 3600 * 1000;  // ms

}  // namespace

SmppPool::SmppPool(SmppSettings settings, plugin::Host host)
    : settings_(std::move(settings)),
      tls_(tls_for(settings_)),
      host_(host),
      radix_(settings_.receipt_ids),
      radix_told_(settings_.receipt_ids),
      clerk_(host,
             [this](std::vector<ReceiptClerk::Slip>&& slips) {
               tell([&](Inbox& inbox) { std::ranges::move(slips, std::back_inserter(inbox.slips)); });
             }),
      dialer_(settings_, tls_,
              [this](std::size_t session, tl::expected<StreamPtr, SessionTrouble>&& result) {
                tell([&](Inbox& inbox) { inbox.dialled.push_back({session, std::move(result)}); });
              }),
      expectations_("smpp-expects", {},
                    [this](std::vector<OutboundPtr>&& messages) {
                      for (auto& message : messages) {
                        const bool kept = host_.expect(message->attempt, message->expected);
                        tell([&](Inbox& inbox) { inbox.kept.push_back({std::move(message), kept}); });
                      }
                    }),
      allowed_(settings_.window) {}

SmppPool::~SmppPool() {
  if (bell_ >= 0) ::close(bell_);
}

// ---- from other threads -----------------------------------------------------------------------------------------------------------------

template <class F>
void SmppPool::tell(F&& put) {
  const std::scoped_lock hold(inbox_mutex_);
  put(inbox_);
  ring();
}

// With the inbox locked. Who works through it looks at it again by itself: one ring is enough.
void SmppPool::ring() {
  if (std::exchange(rung_, true)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(bell_, &one, sizeof one);
}

void SmppPool::start() {
  bell_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (bell_ < 0) throw std::runtime_error("eventfd: out of descriptors");
  for (unsigned i = 0; i < settings_.binds; ++i) {
    sessions_.push_back(std::make_unique<Session>(settings_.two_sided ? BindRole::transmitter : BindRole::transceiver, sessions_.size()));
    if (settings_.two_sided) sessions_.push_back(std::make_unique<Session>(BindRole::receiver, sessions_.size()));
  }
  try {
    clerk_.start();
    dialer_.start();
    if (settings_.match_by_user_reference) expectations_.start(std::min<std::size_t>(kExpectationThreads, settings_.capacity()));
    host_.credits(settings_.capacity());  // before the thread, which may have a pause to tell of at once
    thread_ = std::thread([this] { work(); });
  } catch (...) {
    stop(0ms);
    throw;
  }
}

bool SmppPool::submit(plugin::Batch batch) {
  const auto room = room_taken_.fetch_add(batch.size());
  if (room + batch.size() > settings_.capacity()) {
    room_taken_ -= batch.size();
    return false;
  }
  std::vector<OutboundPtr> messages;
  messages.reserve(batch.size());
  const auto now = steady_clock::now();
  const auto wall = host_.now_ms();
  for (const plugin::Message message : batch) {
    auto out = std::make_shared<Outbound>(make_outbound(message, settings_, numbers_, wall));
    // Past answer_by the hub may already have given the message to somebody else: the SMSC's response must fit in before.
    const auto response = std::chrono::duration_cast<Millis>(settings_.response).count();
    const auto left = std::min(message.send_before_ms(), message.answer_by_ms() - std::min(response, kLongestWait)) - wall;
    out->begin_before = now + Millis{std::clamp<std::int64_t>(left, 0, kLongestWait)};
    messages.push_back(std::move(out));
  }
  const std::scoped_lock hold(inbox_mutex_);
  if (inbox_.stop) {
    room_taken_ -= batch.size();
    return false;
  }
  std::ranges::move(messages, std::back_inserter(inbox_.messages));
  ring();
  return true;
}

void SmppPool::stop(std::chrono::milliseconds drain) {
  if (thread_.joinable()) {
    {
      const std::scoped_lock hold(inbox_mutex_);
      drain_ = drain;
      inbox_.stop = true;
      ring();
    }
    thread_.join();
  }
  dialer_.stop();
  expectations_.stop();
  clerk_.stop();
}

// ---- the thread -------------------------------------------------------------------------------------------------------------------------

void SmppPool::work() {
  pthread_setname_np(pthread_self(), "smpp");
  bool at_once = false;
  for (;;) {
    take_inbox();
    const auto now = steady_clock::now();
    run_timers(now);
    if (stopping_) {
      stop_gently(now);
      if (unbinding_ && std::ranges::none_of(sessions_, [](const auto& session) { return session->open(); })) return;
    }
    send_what_can_be(now);
    for (auto& session : sessions_) {
      if (auto trouble = session->flush()) lose(*session, {Trouble::closed, 0, trouble->detail});
    }
    wait(now, at_once);
    at_once = false;
    const auto after = steady_clock::now();
    for (auto& session : sessions_) {
      if (!session->open()) continue;
      auto more = session->receive(after, [&](Pdu&& pdu) { take_pdu(*session, std::move(pdu)); });
      if (!more) lose(*session, more.error());
      at_once = at_once || (more && *more);
    }
  }
}

void SmppPool::take_inbox() {
  Inbox inbox;
  {
    const std::scoped_lock hold(inbox_mutex_);
    if (std::exchange(rung_, false)) {
      std::uint64_t rings = 0;
      [[maybe_unused]] const auto got = ::read(bell_, &rings, sizeof rings);
    }
    const bool stop = inbox_.stop;
    std::swap(inbox, inbox_);
    inbox_.stop = inbox.stop = stop;
  }
  if (inbox.stop && !stopping_) {
    stopping_ = true;
    drain_until_ = steady_clock::now() + drain_;
  }
  for (auto& one : inbox.dialled) take_stream(std::move(one));
  for (const auto& slip : inbox.slips) acknowledge(slip);
  in_hand_ += inbox.messages.size();
  for (auto& message : inbox.messages) arrive(std::move(message));
  for (auto& [message, kept] : inbox.kept) {
    --being_kept_;
    if (kept) {
      line_up(std::move(message));
    } else {
      answer(message->attempt, plugin::given_back("smpp.not_kept", "The message's references could not be stored; it is tried again."));
    }
  }
  for (const auto& question : inbox.questions) ask(question, steady_clock::now());
}

void SmppPool::wait(Steady now, bool at_once) {
  std::array<pollfd, 64> places{};
  std::size_t count = 0;
  places[count++] = {bell_, POLLIN, 0};
  for (const auto& session : sessions_) {
    if (!session->open()) continue;
    places[count++] = {session->descriptor(), static_cast<short>(session->wants_to_write() ? POLLIN | POLLOUT : POLLIN), 0};
  }
  const auto left = std::chrono::ceil<Millis>(next_event(now) - now);
  ::poll(places.data(), count, at_once ? 0 : static_cast<int>(std::max<Millis::rep>(left.count(), 0)));
}

Steady SmppPool::next_event(Steady now) {
  auto next = now + (in_hand_ > 0 || stopping_ ? kLookAgain : kLongestSleep);
  const auto sooner = [&](Steady at) { next = std::min(next, at); };
  for (auto& session : sessions_) {
    if (session->phase == Session::Phase::closed && !stopping_) sooner(session->retry_at);
    if (!session->open()) continue;
    if (session->phase == Session::Phase::bound && !session->awaits_anything()) sooner(session->last_heard() + settings_.enquire_link);
    if (const auto deadline = session->next_deadline()) sooner(*deadline);
  }
  if (throttled_until_ > now) sooner(throttled_until_);
  for (const auto& message : begun_)
    if (message->not_before > now) sooner(message->not_before);
  if (stopping_) sooner(drain_until_ > now ? drain_until_ : now + 20ms);
  return next;
}

void SmppPool::run_timers(Steady now) {
  for (auto& session : sessions_) watch_over(*session, now);
  if (!stopping_) dial_what_is_due(now);
  // What waited too long for its turn, or with parts taken for the others to be.
  std::erase_if(begun_, [&](const OutboundPtr& message) {
    if (give_up_at(*message) > now) return false;
    finish(*message);
    return true;
  });
  for (auto& line : waiting_) {
    std::erase_if(line, [&](const OutboundPtr& message) {
      if (message->begin_before > now) return false;
      answer(message->attempt, plugin::given_back("smpp.too_late", "The time to send this message passed before its turn came."));
      return true;
    });
  }
}

// First what waits goes back, then what is out gets its responses, then the receipts that came are stored and acknowledged, then unbind.
void SmppPool::stop_gently(Steady now) {
  give_back_waiting(plugin::given_back("smpp.stopping", "The provider is being stopped; the message goes out later."));
  const bool over = now >= drain_until_;
  if (over && !drained_) {
    drained_ = true;
    for (auto& session : sessions_) {
      if (session->submits > 0 || session->current) lose(*session, {Trouble::silent, 0, "stopped"});
    }
    for (const auto& message : std::exchange(begun_, {})) finish(*message);
  }
  if (in_hand_ > 0 || unbinding_) return;
  if (!over && !clerk_.idle()) return;
  unbinding_ = true;
  for (auto& session : sessions_) {
    if (session->is_bound()) {
      session->request(Unbind{}, {.what = Awaited::What::unbind, .sent_at = now, .until = now + kUnbindWait});
      session->phase = Session::Phase::unbinding;
    } else if (session->open()) {
      lose(*session, {Trouble::closed, 0, "stopped"});
    }
  }
}

}  // namespace messo::smpp
