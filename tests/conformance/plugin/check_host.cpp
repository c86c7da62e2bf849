#include "check_host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>

namespace messo::conformance {
namespace {

constexpr std::size_t kMostLogLines = 1000;

CheckHost& of(void* ctx) { return *static_cast<CheckHost*>(ctx); }
std::int64_t unix_ms() { return to_unix_ms(SystemClock().now()); }

}  // namespace

CheckHost::CheckHost() { fill_host(); }

void CheckHost::fill_host() {
  host_.struct_size = sizeof host_;
  host_.abi_minor = MESSO_ABI_MINOR;
  host_.ctx = this;
  host_.on_outcome = [](void* ctx, const messo_outcome* raw) { of(ctx).on_outcome(raw); };
  host_.credits = [](void* ctx, std::uint32_t n, std::int64_t until, messo_str reason) { of(ctx).credits(n, until, reason); };
  host_.read_attachment = [](void* ctx, const messo_id* attempt, std::uint64_t handle, std::uint64_t offset, void* into,
                             std::size_t length) { return of(ctx).read(attempt, handle, offset, into, length); };
  host_.on_receipts = [](void* ctx, const messo_receipt* const* list, std::size_t count) { return of(ctx).receipts(list, count); };
  host_.checkpoint = [](void* ctx, const messo_id* attempt, messo_str bytes) { return of(ctx).checkpoint(attempt, bytes); };
  host_.keep_as_sent = [](void* ctx, const messo_id* attempt, messo_str bytes, const messo_reference* const* list, std::size_t count) {
    return of(ctx).keep(attempt, bytes, list, count);
  };
  host_.log = [](void* ctx, std::uint32_t level, messo_str id, messo_str text) { of(ctx).log(level, id, text); };
  host_.now_ms = [](void*) { return unix_ms(); };
  host_.steady_ms = [](void*) -> std::int64_t {
    return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
  host_.extension = [](void*, const char*) -> const void* { return nullptr; };
}

void CheckHost::keep_private(std::string text) {
  const std::scoped_lock hold(mutex_);
  if (text.size() >= 4) private_.insert(std::move(text));
}
void CheckHost::expect(std::span<const OutgoingMessage> batch) {
  const std::scoped_lock hold(mutex_);
  for (const auto& message : batch) {
    waiting_.insert(message.attempt);
    if (message.channel == Channel::pec) evidence_.insert(message.attempt);
    if (message.to.size() >= 4) private_.insert(message.to);
  }
}
void CheckHost::ask(AttemptId attempt) {
  const std::scoped_lock hold(mutex_);
  ++asked_[attempt];
  answers_.erase(attempt);
}
void CheckHost::withdraw(AttemptId attempt) {
  const std::scoped_lock hold(mutex_);
  waiting_.erase(attempt);
}
std::optional<Receipt> CheckHost::inspect(const messo_receipt* raw) {
  const std::scoped_lock hold(mutex_);
  return check_receipt(raw);
}
void CheckHost::attach(std::string bytes) {
  const std::scoped_lock hold(mutex_);
  attachment_ = std::move(bytes);
}
void CheckHost::close() {
  const std::scoped_lock hold(mutex_);
  closed_ = true;
}

bool CheckHost::wait_grant(std::chrono::milliseconds limit) {
  std::unique_lock hold(mutex_);
  return changed_.wait_for(hold, limit, [this] { return ever_granted_; });
}
bool CheckHost::wait_answers(std::chrono::milliseconds limit) {
  std::unique_lock hold(mutex_);
  return changed_.wait_for(hold, limit, [this] { return waiting_.empty(); });
}
std::optional<Outcome> CheckHost::wait_answer(AttemptId attempt, std::chrono::milliseconds limit) {
  std::unique_lock hold(mutex_);
  changed_.wait_for(hold, limit, [&] { return answers_.contains(attempt); });
  const auto at = answers_.find(attempt);
  return at == answers_.end() ? std::nullopt : std::optional(at->second);
}
std::uint32_t CheckHost::granted() const {
  const std::scoped_lock hold(mutex_);
  return granted_;
}
bool CheckHost::paused() const {
  const std::scoped_lock hold(mutex_);
  return pause_until_ms_ > unix_ms();
}
std::string CheckHost::pause_reason() const {
  const std::scoped_lock hold(mutex_);
  return pause_reason_;
}
std::size_t CheckHost::unanswered() const {
  const std::scoped_lock hold(mutex_);
  return waiting_.size();
}
std::size_t CheckHost::attachment_bytes_read() const {
  const std::scoped_lock hold(mutex_);
  return attachment_bytes_;
}
std::map<AttemptId, Outcome> CheckHost::outcomes() const {
  const std::scoped_lock hold(mutex_);
  return answered_;
}
std::vector<std::string> CheckHost::take_violations() {
  const std::scoped_lock hold(mutex_);
  std::vector<std::string> out(violations_.begin(), violations_.end());
  violations_.clear();
  return out;
}

bool CheckHost::violated() const {
  const std::scoped_lock hold(mutex_);
  return !violations_.empty();
}

void CheckHost::check_open(const char* what) {
  if (closed_) violation(fmt::format("it called host->{} after stop() had returned", what));
}
void CheckHost::check_public(std::string_view text, const char* where) {
  for (const std::string& secret : private_) {
    if (text.find(secret) != std::string_view::npos) violation(fmt::format("an address or a secret stands in {}", where));
  }
}

void CheckHost::on_outcome(const messo_outcome* raw) {
  const std::scoped_lock hold(mutex_);
  check_open("on_outcome");
  const auto outcome = raw != nullptr ? read_outcome(*raw) : std::nullopt;
  if (!outcome) return violation("an outcome is NULL or its struct_size is too small");
  const AttemptId attempt = attempt_of(raw->attempt);
  check_outcome(*raw, *outcome);
  if (waiting_.erase(attempt) > 0) {
    answered_.emplace(attempt, *outcome);
  } else if (const auto at = asked_.find(attempt); at != asked_.end()) {
    answers_.insert_or_assign(attempt, *outcome);
    if (--at->second == 0) asked_.erase(at);
  } else if (answers_.contains(attempt)) {
    violation("a question about an attempt got a second answer");
  } else if (answered_.contains(attempt)) {
    violation("an attempt got a second outcome");
  } else {
    violation("an outcome names an attempt that was never submitted");
  }
  changed_.notify_all();
}

void CheckHost::check_outcome(const messo_outcome& raw, const Outcome& outcome) {
  if (raw.kind < MESSO_SENT || raw.kind > MESSO_UNKNOWN) violation(fmt::format("outcome kind {} is not defined", raw.kind));
  if (raw.scope > MESSO_SCOPE_PROVIDER) violation(fmt::format("outcome scope {} is not defined", raw.scope));
  const std::string_view code = raw_view(raw.code);
  if (code.empty()) violation("an outcome has no code: give a stable one like \"smtp.550-5.1.1\"");
  if (code != outcome.code)
    violation(fmt::format("the code \"{}\" has other characters than letters, digits, '.', '_' and '-'", clean_text(raw.code, 100)));
  if (raw.public_text.len > kMaxPublicText) violation(fmt::format("a public text is longer than {} bytes", kMaxPublicText));
  check_public(raw_view(raw.public_text), "a public text");
  if (outcome.kind == OutcomeKind::pending && outcome.references.empty())
    violation("`pending` without a reference: no receipt could be matched to it");
  if (raw.reference_count != outcome.references.size()) violation("a reference is empty or too long");
}

void CheckHost::credits(std::uint32_t messages, std::int64_t pause_until_ms, messo_str reason) {
  const std::scoped_lock hold(mutex_);
  check_open("credits");
  if (messages > 100'000) violation("it grants more than 100,000 messages: the hub would cap it");
  if (pause_until_ms > unix_ms() && reason.len == 0) violation("it pauses without a reason for the operator");
  check_public(raw_view(reason), "the reason of a pause");
  ever_granted_ = true;
  granted_ = messages;
  pause_until_ms_ = pause_until_ms;
  pause_reason_ = clean_text(reason, kMaxPublicText);
  changed_.notify_all();
}

std::int64_t CheckHost::read(const messo_id* attempt, std::uint64_t handle, std::uint64_t offset, void* into, std::size_t length) {
  const std::scoped_lock hold(mutex_);
  check_open("read_attachment");
  if (attempt == nullptr || !waiting_.contains(attempt_of(*attempt))) {
    violation("it reads an attachment of an attempt that has its outcome already, or never was");
    return MESSO_E_NOT_FOUND;
  }
  if (handle != 1) {
    violation("it reads an attachment by a handle it was not given");
    return MESSO_E_NOT_FOUND;
  }
  if (offset >= attachment_.size()) return 0;
  // Never all at once: a plugin must take what it gets and ask again.
  const std::size_t size = std::min({length, attachment_.size() - static_cast<std::size_t>(offset), std::size_t{10'007}});
  std::memcpy(into, attachment_.data() + offset, size);
  attachment_bytes_ += size;
  return static_cast<std::int64_t>(size);
}

std::int32_t CheckHost::receipts(const messo_receipt* const* list, std::size_t count) {
  const std::scoped_lock hold(mutex_);
  check_open("on_receipts");
  for (std::size_t i = 0; i < count; ++i) check_receipt(list[i]);
  return MESSO_OK;
}

std::optional<Receipt> CheckHost::check_receipt(const messo_receipt* raw) {
  auto receipt = raw != nullptr ? read_receipt(*raw) : std::nullopt;
  if (!receipt) {
    violation("a receipt lacks its dedupe key or its reference, or one of them is too long");
    return {};
  }
  if (raw->kind < MESSO_RECEIPT_DELIVERED || raw->kind > MESSO_RECEIPT_MILESTONE)
    violation(fmt::format("receipt kind {} is not defined", raw->kind));
  if (raw->kind == MESSO_RECEIPT_MILESTONE && (raw->milestone == MESSO_MILESTONE_NONE || raw->milestone > MESSO_MILESTONE_COMPLAINED))
    violation(fmt::format("a milestone is {}, which is none", raw->milestone));
  if (raw->verification < MESSO_VALID || raw->verification > MESSO_INVALID)
    violation(fmt::format("a receipt's verification {} is not defined", raw->verification));
  check_public(raw_view(raw->public_text), "a receipt's public text");
  check_public(raw_view(raw->code), "a receipt's code");
  return receipt;
}

std::int32_t CheckHost::checkpoint(const messo_id* attempt, messo_str bytes) {
  const std::scoped_lock hold(mutex_);
  check_open("checkpoint");
  if (bytes.len > kMaxCheckpoint) violation("a checkpoint is over 64 KiB");
  return attempt != nullptr && waiting_.contains(attempt_of(*attempt)) ? MESSO_OK : MESSO_E_NOT_FOUND;
}

std::int32_t CheckHost::keep(const messo_id* attempt, messo_str bytes, const messo_reference* const* references, std::size_t count) {
  const std::scoped_lock hold(mutex_);
  check_open("keep_as_sent");
  if (attempt == nullptr || !waiting_.contains(attempt_of(*attempt))) {
    violation("it keeps a message as sent of an attempt that has its outcome already, or never was");
    return MESSO_E_NOT_FOUND;
  }
  const bool references_only = bytes.len == 0 && count > 0 && !evidence_.contains(attempt_of(*attempt));
  if (!references_only && !kept_.insert(attempt_of(*attempt)).second) violation("it keeps a message as sent twice for one attempt");
  if (!read_all_references(references, count))
    violation("a reference of a message kept as sent is empty or too long, or they are too many");
  if ((bytes.len == 0 && !references_only) || bytes.len > kMaxAsSent)
    violation(fmt::format("a message kept as sent is empty or over {} bytes", kMaxAsSent));
  return MESSO_OK;
}

void CheckHost::log(std::uint32_t level, messo_str id, messo_str text) {
  const std::scoped_lock hold(mutex_);
  check_open("log");
  if (level > MESSO_LOG_ERROR) violation("a log line has an undefined level");
  if (id.len == 0 || clean_code(id, "") != raw_view(id))
    violation("a log line's id is empty or has other characters than letters, digits, '.', '_', '-'");
  check_public(raw_view(text), "a log line");
  if (++log_lines_ == kMostLogLines)
    violation(fmt::format("it wrote {} log lines in one check: the hub drops what is over 200 a minute", kMostLogLines));
}

CheckHost& immortal_host() {
  static auto* const all = new std::deque<CheckHost>;
  static std::mutex mutex;
  const std::scoped_lock hold(mutex);
  return all->emplace_back();
}

}  // namespace messo::conformance
