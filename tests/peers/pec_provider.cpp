#include "peers/pec_provider.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "peers/dovecot.hpp"
#include "peers/pec_mint.hpp"
#include "peers/pec_post.hpp"
#include "peers/test_certificates.hpp"

namespace messo::peers {
namespace {

constexpr auto kInbox = "INBOX";
constexpr std::size_t kKeptAnswerBytes = 256 * 1024;
constexpr auto kThrottleReply = "mail=reply:550 MAIL from: \"sender\" blocked \"Class Of Service\" - Too much traffic from this sender*";

const std::string& login_of(const PecAccount& account) { return account.username.empty() ? account.address : account.username; }

DovecotOptions dovecot_options(const PecSimulatorOptions& options) {
  DovecotOptions out;
  out.users.clear();
  for (const auto& account : options.accounts) out.users.push_back({login_of(account), account.password});
  return out;
}

SmtpPeerOptions smtp_options(const PecSimulatorOptions& options, const CertificateFiles& certificate) {
  SmtpPeerOptions smtp;
  smtp.port = options.smtp_port;
  smtp.tls = SmtpPeerOptions::Tls::implicit;
  smtp.certificate_file = certificate.certificate;
  smtp.key_file = certificate.key;
  smtp.auth_mechanisms = "PLAIN LOGIN";
  smtp.capabilities = {"PIPELINING", "SIZE 104857600", "8BITMIME", "DSN", "ENHANCEDSTATUSCODES"};
  for (const auto& account : options.accounts) smtp.accounts[login_of(account)] = account.password;
  return smtp;
}

}  // namespace

class PecSimulator::Impl {
 public:
  explicit Impl(PecSimulatorOptions options)
      : options_(std::move(options)),
        dovecot_(dovecot_options(options_)),
        certificate_(dovecot_.authority().issue("smtp", "DNS:localhost,IP:127.0.0.1")) {
    post_ = std::make_unique<PecPost>([this](const PecPending& pending) { answer(pending); });
    post_->delay(options_.delay);
    auto smtp = smtp_options(options_, certificate_);
    smtp.judge = [this](SmtpStage stage, const StoredMail& mail) { return judge(stage, mail); };
    smtp.keep = SmtpPeerOptions::Keep::messages;
    smtp_ = std::make_unique<SmtpPeer>(std::move(smtp));
    smtp_->add("final[taglio]=drop");
    smtp_->add("final[perduta]=lose*1");
  }

  const PecAccount& account_where(const std::string& value, const std::string& (*of)(const PecAccount&)) const {
    const auto account = std::ranges::find(options_.accounts, value, of);
    if (account == options_.accounts.end()) throw std::invalid_argument("no such account: " + value);
    return *account;
  }
  // The name that Dovecot knows a mailbox by.
  const std::string& box(const std::string& mailbox) const {
    return login_of(account_where(mailbox, [](const PecAccount& account) -> const std::string& { return account.address; }));
  }

  // What the access point says; empty: as usual.
  std::string judge(SmtpStage stage, const StoredMail& mail) {
    const auto& mailbox = account_where(mail.account, login_of).address;
    if (stage == SmtpStage::mail && mail.sender != mailbox)
      return "553 5.7.1 <" + mail.sender + ">: Sender address rejected: not logged in";
    if (stage != SmtpStage::final) return {};
    take(mail, mailbox);
    return {};
  }

  void take(const StoredMail& mail, const std::string& mailbox) {
    const auto now = std::chrono::system_clock::now();
    auto submission = read_submission(mail, mailbox, options_.max_bytes);
    submission.identificativo = mint_.new_identificativo();
    const auto shared = std::make_shared<const PecSubmission>(std::move(submission));
    {
      const std::scoped_lock lock(mutex_);
      taken_.push_back({shared->mailbox, shared->recipients, shared->message_id, shared->identificativo, shared->parameters,
                        shared->receipt_type, shared->refusal, shared->bytes});
    }
    changed_.notify_all();
    if (!shared->refusal.empty()) return post_->add({formal_refusal(shared->refusal), {}, false, shared, now});
    for (const auto& recipient : shared->recipients) {
      const auto& rule = pec_rule_for(recipient);
      for (const auto& one : rule.answers) post_->add({one, recipient, rule.external, shared, now});
    }
  }

  // Makes and files one answer; on the thread of the post.
  void answer(const PecPending& pending) {
    const auto& mailbox = pending.submission->mailbox;
    const auto bytes = mint_.make(pending);
    int copies = pending.answer.copies;
    {
      const std::scoped_lock lock(mutex_);
      copies *= copies_;
    }
    for (int i = 0; i < copies; ++i) {
      dovecot_.put(bytes, kInbox, box(mailbox));
      const std::scoped_lock lock(mutex_);
      filed_.push_back({mailbox, pending.recipient, pending.answer.kind, pending.submission->message_id,
                        bytes.size() <= kKeptAnswerBytes ? bytes : std::string()});
    }
    changed_.notify_all();
  }

  void file_again() {
    std::vector<PecFiled> all;
    {
      const std::scoped_lock lock(mutex_);
      all = filed_;
    }
    for (const auto& one : all) {
      if (!one.bytes.empty()) dovecot_.put(one.bytes, kInbox, box(one.mailbox));
    }
  }

  PecSimulatorOptions options_;
  Dovecot dovecot_;
  CertificateFiles certificate_;
  PecMint mint_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<PecTaken> taken_;
  std::vector<PecFiled> filed_;
  int copies_ = 1;
  std::unique_ptr<PecPost> post_;
  std::unique_ptr<SmtpPeer> smtp_;  // ends first
};

PecSimulator::PecSimulator(PecSimulatorOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
PecSimulator::~PecSimulator() = default;
std::uint16_t PecSimulator::smtp_port() const { return impl_->smtp_->port(); }
std::uint16_t PecSimulator::imap_port() const { return impl_->dovecot_.imaps_port(); }
std::uint16_t PecSimulator::pop3_port() const { return impl_->dovecot_.pop3s_port(); }
std::string PecSimulator::host() const { return "127.0.0.1"; }
std::string PecSimulator::ca_file() const { return impl_->dovecot_.ca_file(); }
std::string PecSimulator::roots_file() const { return impl_->mint_.roots_file(); }
SmtpPeer& PecSimulator::smtp() { return *impl_->smtp_; }

void PecSimulator::hold() { impl_->post_->hold(); }
void PecSimulator::hold(PecAnswerKind kind) { impl_->post_->hold(kind); }
void PecSimulator::release() { impl_->post_->release(); }
void PecSimulator::release(PecAnswerKind kind) { impl_->post_->release(kind); }
void PecSimulator::delay(std::chrono::milliseconds before_each) { impl_->post_->delay(before_each); }
void PecSimulator::stop_clock() { impl_->post_->stop_clock(); }
void PecSimulator::advance(std::chrono::seconds by) { impl_->post_->advance(by); }
void PecSimulator::copies(int times) {
  const std::scoped_lock lock(impl_->mutex_);
  impl_->copies_ = times;
}
void PecSimulator::throttle(int times) { impl_->smtp_->add(kThrottleReply + std::to_string(times)); }
void PecSimulator::file_again() { impl_->file_again(); }
void PecSimulator::file(const std::string& mailbox, std::string_view bytes) {
  impl_->dovecot_.put(std::string(bytes), kInbox, impl_->box(mailbox));
}
std::vector<PecTaken> PecSimulator::taken() const {
  const std::scoped_lock lock(impl_->mutex_);
  return impl_->taken_;
}
std::vector<PecFiled> PecSimulator::filed() const {
  const std::scoped_lock lock(impl_->mutex_);
  return impl_->filed_;
}
std::filesystem::path PecSimulator::maildir(const std::string& mailbox) const {
  return impl_->dovecot_.maildir(kInbox, impl_->box(mailbox));
}
bool PecSimulator::wait_for_taken(std::size_t count, std::chrono::milliseconds limit) const {
  std::unique_lock lock(impl_->mutex_);
  return impl_->changed_.wait_for(lock, limit, [&] { return impl_->taken_.size() >= count; });
}
bool PecSimulator::wait_for_filed(std::size_t count, std::chrono::milliseconds limit) const {
  std::unique_lock lock(impl_->mutex_);
  return impl_->changed_.wait_for(lock, limit, [&] { return impl_->filed_.size() >= count; });
}

}  // namespace messo::peers
