#include "peers/smsc_peer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <queue>
#include <random>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "smpp_pdu/receipt.hpp"
#include "smpp_pdu/smpp_time.hpp"
#include "support/loopback.hpp"

namespace messo::peers {
namespace {

using SteadyClock = std::chrono::steady_clock;
using smpp::Pdu;
using smpp::State;

constexpr std::uint64_t kFirstId = 1'000'000'001;
constexpr std::size_t kOutputLimit = 1 << 20;  // beyond it receipts wait
constexpr auto kReceiptAgain = std::chrono::seconds(1);

std::string id_text(std::uint64_t number, SmscIds ids) {
  return ids == SmscIds::decimal ? std::to_string(kFirstId + number) : fmt::format("{:016X}", kFirstId + number);
}

// What a receipt is made of.
struct Receipt {
  std::uint64_t number = 0;  // of the message
  std::uint64_t connection = 0;
  std::uint8_t source_ton = 0, source_npi = 0, destination_ton = 0, destination_npi = 0;
  std::string source, destination;
  std::optional<std::uint16_t> reference;
  Instant submitted;
};

struct Connection {
  std::uint64_t serial = 0;
  int fd = -1;
  std::string in, out;
  std::optional<smpp::BindRole> role;
  bool closing = false;  // once `out` is empty
  std::uint32_t sequence = 0;
  std::uint32_t unanswered = 0;  // submit_sm whose response is not on its way yet
  std::uint32_t answered = 0;    // of them, those whose response is in `out`
  std::unordered_map<std::uint32_t, Receipt> unacked;

  bool receives() const { return role && *role != smpp::BindRole::transmitter && !closing; }
  bool sends() const { return role && *role != smpp::BindRole::receiver && !closing; }
};

// Something to be done later: a response to be written or a receipt that is due.
struct Later {
  SteadyClock::time_point due;
  std::uint64_t order = 0;  // of two with the same time
  std::uint64_t connection = 0;
  std::string response;
  std::optional<Receipt> receipt;
  bool operator<(const Later& other) const { return std::pair(due, order) > std::pair(other.due, other.order); }  // soonest on top
};

}  // namespace

class SmscPeer::Impl {
 public:
  explicit Impl(SmscPeerOptions options) : options_(std::move(options)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    listen();
    thread_ = std::thread([this] { run(); });
  }
  ~Impl() {
    {
      const std::scoped_lock hold(mutex_);
      stopping_ = true;
    }
    wake();
    thread_.join();
    for (auto& connection : connections_) ::close(connection.fd);
    ::close(listener_);
    ::close(wake_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::uint16_t port() const { return port_; }
  SmscPeerStats stats() const {
    const std::scoped_lock hold(mutex_);
    return stats_;
  }
  void hold_receipts(bool hold_them) {
    {
      const std::scoped_lock hold(mutex_);
      receipts_held_ = hold_them;
    }
    wake();
  }
  void throttle_every(std::uint32_t n) {
    const std::scoped_lock hold(mutex_);
    options_.throttle_every = n;
  }
  void drop_connections() {
    const std::scoped_lock hold(mutex_);
    for (const auto& connection : connections_) ::shutdown(connection.fd, SHUT_RDWR);
  }
  bool send_inbound(const std::string& from, const std::string& to, const std::string& text) {
    {
      const std::scoped_lock hold(mutex_);
      auto* connection = receiver_for(0);
      smpp::DeliverSm deliver;
      deliver.source_addr_ton = deliver.source_addr_npi = 1;
      deliver.source_addr = from, deliver.destination_addr = to, deliver.short_message = text;
      if (!connection) return false;
      connection->out += smpp::encode({0, next_sequence(*connection), std::move(deliver)});
    }
    wake();
    return true;
  }

 private:
  void listen() {
    port_ = options_.port;
    listener_ = test::listen_on_loopback(port_, 64);
    if (listener_ < 0) throw std::runtime_error(std::string("smsc_peer: cannot listen: ") + std::strerror(errno));
    ::fcntl(listener_, F_SETFL, O_NONBLOCK);
  }

  void wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
  }

  void run() {
    std::vector<pollfd> waiting;
    std::unique_lock hold(mutex_);
    while (!stopping_) {
      waiting.assign({{listener_, POLLIN, 0}, {wake_, POLLIN, 0}});
      for (const auto& connection : connections_)
        waiting.push_back({connection.fd, static_cast<short>(connection.out.empty() ? POLLIN : POLLIN | POLLOUT), 0});
      const int limit = wait_ms();
      hold.unlock();
      ::poll(waiting.data(), waiting.size(), limit);
      hold.lock();
      std::uint64_t ignored = 0;
      [[maybe_unused]] const auto drained = ::read(wake_, &ignored, sizeof ignored);
      auto event = waiting.begin() + 2;
      for (auto at = connections_.begin(); event != waiting.end(); ++event) {
        const auto current = at++;
        if ((event->revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !read(*current)) drop(current);
      }
      if ((waiting[0].revents & POLLIN) != 0) accept();
      do_what_is_due();
      send_receipts();
      write_all();
    }
  }

  int wait_ms() const {
    if (later_.empty()) return 1000;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(later_.top().due - SteadyClock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000));
  }

  void accept() {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Connection connection;
    connection.serial = ++stats_.connections;
    connection.fd = fd;
    connections_.push_back(std::move(connection));
  }

  void drop(std::list<Connection>::iterator connection) {
    ::close(connection->fd);
    for (auto& [sequence, receipt] : connection->unacked) due_.push_front(std::move(receipt));
    connections_.erase(connection);
  }

  bool read(Connection& connection) {
    std::array<char, 65536> chunk;
    const auto got = ::recv(connection.fd, chunk.data(), chunk.size(), 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    connection.in.append(chunk.data(), static_cast<std::size_t>(got));
    std::string_view rest = connection.in;
    while (auto decoded = smpp::decode(rest)) {
      rest.remove_prefix(decoded->consumed);
      if (decoded->pdu) {
        std::visit([&](auto& body) { take(connection, *decoded->pdu, body); }, decoded->pdu->body);
      } else {
        ++stats_.nacks;
        if (decoded->pdu.error().fatal) return false;
        answer(connection, decoded->pdu.error().header.sequence, smpp::GenericNack{}, decoded->pdu.error().answer);
      }
    }
    connection.in.erase(0, connection.in.size() - rest.size());
    return true;
  }

  static void answer(Connection& connection, std::uint32_t sequence, smpp::Body body, smpp::Status status = smpp::Status::ESME_ROK) {
    connection.out += smpp::encode({smpp::value(status), sequence, std::move(body)});
  }

  void take(Connection& connection, const Pdu& pdu, const smpp::BindRequest& bind) {
    auto status = smpp::Status::ESME_ROK;
    if (connection.role)
      status = smpp::Status::ESME_RALYBND;
    else if (!options_.system_id.empty() && bind.system_id != options_.system_id)
      status = smpp::Status::ESME_RINVSYSID;
    else if (!options_.password.empty() && bind.password != options_.password)
      status = smpp::Status::ESME_RINVPASWD;
    smpp::BindResponse response{.role = bind.role};
    if (status == smpp::Status::ESME_ROK) {
      response.system_id = "smsc_peer";
      response.tlvs = {smpp::tlv_octet(smpp::Tag::sc_interface_version, smpp::kInterfaceVersion)};
      connection.role = bind.role;
      ++stats_.binds;
    } else {
      ++stats_.refused_binds;
    }
    answer(connection, pdu.sequence, std::move(response), status);
  }

  void take(Connection& connection, const Pdu& pdu, smpp::SubmitSm& submit) {
    ++stats_.submits;
    stats_.largest_window = std::max<std::uint64_t>(stats_.largest_window, ++connection.unanswered);
    const auto refuse = [&](smpp::Status status) { respond(connection, {smpp::value(status), pdu.sequence, smpp::SubmitSmResponse{}}); };
    if (!connection.sends()) return refuse(smpp::Status::ESME_RINVBNDSTS);
    if (submit.destination_addr.empty()) return refuse(smpp::Status::ESME_RINVDSTADR);
    if (options_.window != 0 && connection.unanswered > options_.window) {
      ++stats_.over_window;
      return refuse(smpp::Status::ESME_RMSGQFUL);
    }
    if (options_.throttle_every != 0 && stats_.submits % options_.throttle_every == 0) {
      ++stats_.throttled;
      return refuse(smpp::Status::ESME_RTHROTTLED);
    }
    accept_message(connection, pdu.sequence, submit);
  }

  void accept_message(Connection& connection, std::uint32_t sequence, smpp::SubmitSm& submit) {
    const auto number = stats_.accepted++;
    if (options_.count_destinations && !destinations_.insert(submit.destination_addr).second) ++stats_.repeated;
    const bool receipt_wanted = (submit.registered_delivery & 0x03) != 0;
    states_.push_back(receipt_wanted ? State::enroute : outcome_of(number));
    const auto respond_now = [&] {
      respond(connection, {0, sequence, smpp::SubmitSmResponse{.message_id = id_text(number, options_.response_ids)}});
    };
    if (!receipt_wanted) return respond_now();
    ++stats_.receipts_waiting;
    Receipt receipt{number,
                    connection.serial,
                    submit.source_addr_ton,
                    submit.source_addr_npi,
                    submit.dest_addr_ton,
                    submit.dest_addr_npi,
                    std::move(submit.source_addr),
                    std::move(submit.destination_addr),
                    {},
                    now()};
    if (const auto reference = smpp::number_of(submit.tlvs, smpp::Tag::user_message_reference))
      receipt.reference = static_cast<std::uint16_t>(*reference);
    if (options_.receipt_first_every != 0 && number % options_.receipt_first_every == 0 && connection.receives() && !receipts_held_) {
      send_receipt(connection, std::move(receipt));
      return respond_now();
    }
    respond_now();
    auto delay = options_.response_delay + options_.receipt_delay;
    if (options_.receipt_spread.count() > 0)
      delay += std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(0, options_.receipt_spread.count())(random_));
    if (delay.count() == 0) {
      due_.push_back(std::move(receipt));
    } else {
      later_.push({SteadyClock::now() + delay, ++order_, 0, {}, std::move(receipt)});
    }
  }

  void respond(Connection& connection, const Pdu& response) {
    if (options_.response_delay.count() == 0) {
      ++connection.answered;
      connection.out += smpp::encode(response);
    } else {
      later_.push({SteadyClock::now() + options_.response_delay, ++order_, connection.serial, smpp::encode(response), {}});
    }
  }

  void take(Connection& connection, const Pdu& pdu, const smpp::DeliverSmResponse&) {
    const auto found = connection.unacked.find(pdu.sequence);
    if (found == connection.unacked.end()) return;
    if (pdu.status == smpp::Status::ESME_ROK) {
      ++stats_.receipts_acked;
      --stats_.receipts_waiting;
    } else {
      ++stats_.receipts_refused;
      later_.push({SteadyClock::now() + kReceiptAgain, ++order_, 0, {}, std::move(found->second)});
    }
    connection.unacked.erase(found);
  }

  void take(Connection& connection, const Pdu& pdu, const smpp::QuerySm& query) {
    ++stats_.queries;
    smpp::QuerySmResponse response{.message_id = query.message_id};
    const auto decimal =
        options_.response_ids == SmscIds::decimal ? std::optional(query.message_id) : smpp::decimal_of_hex(query.message_id);
    const auto number = decimal ? std::strtoull(decimal->c_str(), nullptr, 10) - kFirstId : states_.size();
    if (number >= states_.size()) return answer(connection, pdu.sequence, smpp::QuerySmResponse{}, smpp::Status::ESME_RINVMSGID);
    response.message_state = static_cast<std::uint8_t>(states_[number]);
    if (smpp::is_final(states_[number])) response.final_date = smpp::absolute_time(now());
    answer(connection, pdu.sequence, std::move(response));
  }

  void take(Connection& connection, const Pdu& pdu, const smpp::EnquireLink&) {
    ++stats_.enquire_links;
    answer(connection, pdu.sequence, smpp::EnquireLinkResponse{});
  }

  void take(Connection& connection, const Pdu& pdu, const smpp::Unbind&) {
    ++stats_.unbinds;
    answer(connection, pdu.sequence, smpp::UnbindResponse{});
    connection.closing = true;
  }

  // What a client does not ask an SMSC for, and responses that nothing waits for.
  template <class Body>
  void take(Connection& connection, const Pdu& pdu, const Body&) {
    if (smpp::is_response(smpp::command_id(pdu.body))) return;
    ++stats_.nacks;
    answer(connection, pdu.sequence, smpp::GenericNack{}, smpp::Status::ESME_RINVCMDID);
  }

  void do_what_is_due() {
    for (const auto current = SteadyClock::now(); !later_.empty() && later_.top().due <= current; later_.pop()) {
      auto& due = const_cast<Later&>(later_.top());  // it is taken off right away
      if (due.receipt) {
        due_.push_back(std::move(*due.receipt));
      } else if (auto* connection = by_serial(due.connection)) {
        ++connection->answered;
        connection->out += due.response;
      }
    }
  }

  void send_receipts() {
    while (!receipts_held_ && !due_.empty()) {
      auto* connection = receiver_for(due_.front().connection);
      if (!connection) return;
      send_receipt(*connection, std::move(due_.front()));
      due_.pop_front();
    }
  }

  // Who may take one more receipt: the one the message came from, unless another is wanted and there.
  Connection* receiver_for(std::uint64_t origin) {
    Connection* found = nullptr;
    for (auto& connection : connections_) {
      if (!connection.receives() || connection.unacked.size() >= options_.receipt_window || connection.out.size() > kOutputLimit) continue;
      if ((connection.serial == origin) != options_.receipts_elsewhere) return &connection;
      found = &connection;
    }
    return found;
  }

  void send_receipt(Connection& connection, Receipt receipt) {
    const auto state = outcome_of(receipt.number);
    states_[receipt.number] = state;
    const auto id = id_text(receipt.number, options_.receipt_ids);
    smpp::DeliverSm deliver;
    deliver.esm_class = smpp::kEsmClassReceipt;
    // Back to the sender, from the phone.
    deliver.source_addr_ton = receipt.destination_ton, deliver.source_addr_npi = receipt.destination_npi;
    deliver.dest_addr_ton = receipt.source_ton, deliver.dest_addr_npi = receipt.source_npi;
    deliver.source_addr = receipt.destination, deliver.destination_addr = receipt.source;
    deliver.short_message = fmt::format("id:{} sub:001 dlvrd:{} submit date:{} done date:{} stat:{} err:{} text:", id,
                                        state == State::delivered ? "001" : "000", receipt_date(receipt.submitted), receipt_date(now()),
                                        smpp::short_name(state), state == State::delivered ? "000" : "005");
    if (options_.receipt_tlvs) {
      deliver.tlvs.push_back(smpp::tlv_text(smpp::Tag::receipted_message_id, id));
      deliver.tlvs.push_back(smpp::tlv_octet(smpp::Tag::message_state, static_cast<std::uint8_t>(state)));
    }
    if (receipt.reference) deliver.tlvs.push_back(smpp::tlv_number(smpp::Tag::user_message_reference, *receipt.reference));
    const auto sequence = next_sequence(connection);
    connection.out += smpp::encode({0, sequence, std::move(deliver)});
    connection.unacked.emplace(sequence, std::move(receipt));
    ++stats_.receipts_sent;
  }

  void write_all() {
    for (auto at = connections_.begin(); at != connections_.end();) {
      const auto current = at++;
      current->unanswered -= std::exchange(current->answered, 0);
      if (!current->out.empty()) {
        const auto written = ::send(current->fd, current->out.data(), current->out.size(), MSG_NOSIGNAL);
        if (written > 0) current->out.erase(0, static_cast<std::size_t>(written));
        if (written < 0 && errno != EAGAIN && errno != EINTR) {
          drop(current);
          continue;
        }
      }
      if (current->closing && current->out.empty()) drop(current);
    }
  }

  State outcome_of(std::uint64_t number) const {
    return options_.undelivered_every != 0 && number % options_.undelivered_every == 0 ? State::undeliverable : State::delivered;
  }
  Connection* by_serial(std::uint64_t serial) {
    for (auto& connection : connections_)
      if (connection.serial == serial) return &connection;
    return nullptr;
  }
  static std::uint32_t next_sequence(Connection& connection) {
    return connection.sequence = connection.sequence == smpp::kMaxSequence ? 1 : connection.sequence + 1;
  }
  static Instant now() { return std::chrono::floor<Millis>(std::chrono::system_clock::now()); }
  // Without the tenths and the zone.
  static std::string receipt_date(Instant at) { return smpp::absolute_time(at).substr(0, 12); }

  mutable std::mutex mutex_;
  SmscPeerOptions options_;
  SmscPeerStats stats_;
  std::list<Connection> connections_;
  std::priority_queue<Later> later_;
  std::deque<Receipt> due_;
  std::vector<State> states_;  // of each accepted message
  std::unordered_set<std::string> destinations_;
  std::mt19937_64 random_{7};
  std::uint64_t order_ = 0;
  bool receipts_held_ = false;
  bool stopping_ = false;
  int listener_ = -1;
  int wake_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

SmscPeer::SmscPeer(SmscPeerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
SmscPeer::~SmscPeer() = default;
std::uint16_t SmscPeer::port() const { return impl_->port(); }
SmscPeerStats SmscPeer::stats() const { return impl_->stats(); }
void SmscPeer::hold_receipts(bool hold) { impl_->hold_receipts(hold); }
void SmscPeer::throttle_every(std::uint32_t n) { impl_->throttle_every(n); }
void SmscPeer::drop_connections() { impl_->drop_connections(); }
bool SmscPeer::send_inbound(const std::string& from, const std::string& to, const std::string& text) {
  return impl_->send_inbound(from, to, text);
}

}  // namespace messo::peers
