#include "peers/smtp_peer.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "peers/smtp_peer_dialogue.hpp"
#include "support/loopback.hpp"

namespace messo::peers {

class SmtpPeer::Impl final : public PeerBook {
 public:
  explicit Impl(SmtpPeerOptions options) : options_(std::move(options)) {
    if (options_.tls != SmtpPeerOptions::Tls::none) make_tls();
    if (!options_.arrivals_file.empty()) arrivals_.open(options_.arrivals_file, std::ios::app);
    port_ = options_.port;
    listen();
    acceptor_ = std::thread([this] { accept_all(); });
  }

  ~Impl() override {
    stopping_ = true;
    acceptor_.join();
    drop_connections();
    {
      std::unique_lock hold(mutex_);
      gone_.wait(hold, [this] { return dialogues_.empty(); });
    }
    close_listener();
    SSL_CTX_free(tls_);
  }

  // PeerBook
  const SmtpPeerOptions& options() const override { return options_; }
  ssl_ctx_st* tls() const override { return tls_; }
  bool stopping() const override { return stopping_; }

  std::optional<SmtpRule> rule_for(SmtpStage stage, std::string_view recipient) override {
    if (rule_count_.load(std::memory_order_acquire) == 0) return {};
    const std::scoped_lock hold(mutex_);
    for (auto& rule : rules_) {
      const bool staged = rule.stage == stage || (rule.stage == SmtpStage::any && stage != SmtpStage::connect && stage != SmtpStage::tls &&
                                                  stage != SmtpStage::body);
      if (!staged || rule.times == 0) continue;
      if (!rule.match.empty() && recipient.find(rule.match) == std::string_view::npos) continue;
      if (rule.percent < 100 && !falls_within(recipient, rule.percent)) continue;
      if (rule.after > 0) {
        --rule.after;
        continue;
      }
      if (rule.times > 0) --rule.times;
      return rule;
    }
    return {};
  }

  void count(std::uint64_t SmtpPeerStats::*what, std::uint64_t by) override {
    const std::scoped_lock hold(mutex_);
    stats_.*what += by;
  }
  void note_group(std::uint64_t commands) override {
    const std::scoped_lock hold(mutex_);
    stats_.commands += commands;
    stats_.largest_group = std::max(stats_.largest_group, commands);
  }

  void take(StoredMail mail, std::size_t size) override {
    std::uint64_t number = 0;
    {
      const std::scoped_lock hold(mutex_);
      number = ++stats_.messages;
      stats_.bytes += size;
      if (arrivals_.is_open() && mail.recipient.find(options_.arrivals_of) != std::string::npos) note_arrival(mail.recipient);
      if (options_.keep != SmtpPeerOptions::Keep::counts) ++ids_[mail.message_id];
      if (options_.keep == SmtpPeerOptions::Keep::messages && options_.store_dir.empty()) mails_.push_back(mail);
    }
    if (!options_.store_dir.empty()) write_file(number, mail);
    taken_.notify_all();
  }

  // SmtpPeer
  std::uint16_t port() const { return port_; }
  void add(SmtpRule rule) {
    const std::scoped_lock hold(mutex_);
    rules_.push_back(std::move(rule));
    rule_count_ = rules_.size();
  }
  void clear() {
    const std::scoped_lock hold(mutex_);
    rules_.clear();
    rule_count_ = 0;
  }
  void refuse() {
    const std::scoped_lock hold(mutex_);
    close_listener();
  }
  void accept_again() {
    const std::scoped_lock hold(mutex_);
    if (listener_ < 0) listen();
  }
  void drop_connections() {
    const std::scoped_lock hold(mutex_);
    for (const int fd : dialogues_) ::shutdown(fd, SHUT_RDWR);
  }
  SmtpPeerStats stats() const {
    const std::scoped_lock hold(mutex_);
    return stats_;
  }
  std::vector<StoredMail> mails() const {
    const std::scoped_lock hold(mutex_);
    return mails_;
  }
  std::map<std::string, std::uint64_t> ids() const {
    const std::scoped_lock hold(mutex_);
    return ids_;
  }
  bool wait_for(std::uint64_t count, std::chrono::milliseconds limit) const {
    std::unique_lock hold(mutex_);
    return taken_.wait_for(hold, limit, [&] { return stats_.messages >= count; });
  }
  void forget() {
    const std::scoped_lock hold(mutex_);
    stats_ = {};
    mails_.clear();
    ids_.clear();
  }

 private:
  // FNV-1a: the same recipients in every run and every process.
  static bool falls_within(std::string_view recipient, double percent) {
    std::uint32_t hash = 2166136261U;
    for (const char c : recipient) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    hash ^= hash >> 15;
    return (hash % 10000) < percent * 100;
  }

  void make_tls() {
    tls_ = SSL_CTX_new(TLS_server_method());
    if (!tls_ || SSL_CTX_use_certificate_chain_file(tls_, options_.certificate_file.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls_, options_.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
      throw std::runtime_error("smtp_peer: certificate or key cannot be used");
  }

  void listen() {
    listener_ = test::listen_on_loopback(port_, 256);
    if (listener_ < 0) throw std::runtime_error(std::string("smtp_peer: cannot listen: ") + std::strerror(errno));
  }

  void close_listener() {
    // The acceptor may be polling it, which keeps a socket that is only closed alive and listening.
    if (listener_ >= 0) ::shutdown(listener_, SHUT_RDWR);
    if (listener_ >= 0) ::close(listener_);
    listener_ = -1;
  }

  int current_listener() {
    const std::scoped_lock hold(mutex_);
    return listener_;
  }

  void accept_all() {
    while (!stopping_) {
      const int listener = current_listener();
      pollfd waiting{listener, POLLIN, 0};
      if (::poll(&waiting, listener < 0 ? 0 : 1, 20) <= 0) continue;
      // Under the lock, so that refuse_connections() cannot close and the number be reused in between.
      const std::scoped_lock hold(mutex_);
      if (listener_ < 0) continue;
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++stats_.connections;
      dialogues_.push_back(fd);
      std::thread([this, fd] { serve(fd); }).detach();
    }
  }

  void serve(int fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    run_dialogue(*this, fd);
    const std::scoped_lock hold(mutex_);
    ::close(fd);
    dialogues_.remove(fd);
    gone_.notify_all();
  }

  void note_arrival(const std::string& recipient) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    arrivals_ << std::to_string(std::chrono::duration<double>(now).count()) << ' ' << recipient << std::endl;
  }

  void write_file(std::uint64_t number, const StoredMail& mail) const {
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "/%06llu.eml", static_cast<unsigned long long>(number));
    // Seen whole or not at all by whoever watches the folder.
    const auto path = options_.store_dir + name.data();
    {
      std::ofstream file(path + ".part", std::ios::binary);
      file << "X-Envelope-From: <" << mail.sender << ">\r\nX-Envelope-To: <" << mail.recipient << ">\r\n" << mail.bytes;
    }
    std::rename((path + ".part").c_str(), path.c_str());
  }

  SmtpPeerOptions options_;
  ssl_ctx_st* tls_ = nullptr;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> rule_count_{0};
  mutable std::mutex mutex_;
  mutable std::condition_variable taken_;
  std::condition_variable gone_;
  std::list<int> dialogues_;
  std::vector<SmtpRule> rules_;
  std::vector<StoredMail> mails_;
  std::map<std::string, std::uint64_t> ids_;
  SmtpPeerStats stats_;
  std::ofstream arrivals_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread acceptor_;
};

SmtpPeer::SmtpPeer(SmtpPeerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
SmtpPeer::~SmtpPeer() = default;
std::uint16_t SmtpPeer::port() const { return impl_->port(); }
void SmtpPeer::add(SmtpRule rule) { impl_->add(std::move(rule)); }
void SmtpPeer::add(std::string_view text) {
  auto rule = SmtpRule::parse(text);
  if (!rule) throw std::invalid_argument("smtp_peer: not a rule: " + std::string(text));
  impl_->add(std::move(*rule));
}
void SmtpPeer::clear() { impl_->clear(); }
void SmtpPeer::refuse_connections() { impl_->refuse(); }
void SmtpPeer::accept_connections() { impl_->accept_again(); }
void SmtpPeer::drop_connections() { impl_->drop_connections(); }
SmtpPeerStats SmtpPeer::stats() const { return impl_->stats(); }
std::vector<StoredMail> SmtpPeer::mails() const { return impl_->mails(); }
std::map<std::string, std::uint64_t> SmtpPeer::ids() const { return impl_->ids(); }
bool SmtpPeer::wait_for(std::uint64_t count, std::chrono::milliseconds limit) const { return impl_->wait_for(count, limit); }
void SmtpPeer::forget() { impl_->forget(); }

}  // namespace messo::peers
