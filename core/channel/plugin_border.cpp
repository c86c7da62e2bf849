#include "channel/plugin_border.hpp"

#include <algorithm>
#include <cstring>

namespace messo {
namespace {

constexpr unsigned kLogLines = 200;  // of one plugin in kLogWindow
constexpr std::chrono::seconds kLogWindow{10};

LogLevel level_of(std::uint32_t raw) { return raw <= MESSO_LOG_ERROR ? static_cast<LogLevel>(raw) : LogLevel::error; }

Outcome unknown_outcome(std::string_view code, std::string_view text) {
  Outcome out;
  out.kind = OutcomeKind::unknown;
  out.scope = OutcomeScope::provider;
  out.code = code;
  out.public_text = text;
  return out;
}

}  // namespace

PluginBorder::PluginBorder(const Provider& settings, BorderParts parts)
    : provider_(settings.id), key_(settings.key), evidence_(settings.channel == Channel::pec), parts_(parts) {
  host_.struct_size = sizeof host_;
  host_.abi_minor = MESSO_ABI_MINOR;
  host_.ctx = this;
  fill_host(host_);
}

// Every call-back comes through here: nothing unwinds into the plugin, nothing passes a muted border.
template <class R, class F>
R PluginBorder::guarded(void* ctx, R otherwise, F&& body) noexcept {
  auto& self = *static_cast<PluginBorder*>(ctx);
  if (self.muted_.load(std::memory_order_acquire)) return otherwise;
  try {
    const std::shared_lock hold(self.gate_);
    if (self.muted_.load(std::memory_order_relaxed)) return otherwise;
    return body(self);
  } catch (const std::exception& e) {
    self.parts_.log.error("MSO-2501", "a call-back of a plugin could not be worked; what it told is lost. Report it with this line",
                          {{"provider", self.key_}, {"detail", e.what()}});
    return otherwise;
  }
}

void PluginBorder::fill_host(messo_host& host) {
  host.on_outcome = [](void* ctx, const messo_outcome* outcome) {
    if (outcome != nullptr) guarded(ctx, 0, [&](auto& self) { return self.on_outcome(*outcome), 0; });
  };
  host.credits = [](void* ctx, std::uint32_t messages, std::int64_t pause_until_ms, messo_str reason) {
    guarded(ctx, 0, [&](auto& self) { return self.credits(messages, pause_until_ms, reason), 0; });
  };
  host.read_attachment = [](void* ctx, const messo_id* attempt, std::uint64_t handle, std::uint64_t offset, void* into,
                            std::size_t length) {
    constexpr std::int64_t kNot = MESSO_E_NOT_FOUND;
    if (attempt == nullptr || (into == nullptr && length > 0)) return kNot;
    return guarded(ctx, kNot, [&](auto& self) { return self.read_attachment(*attempt, handle, offset, into, length); });
  };
  host.on_receipts = [](void* ctx, const messo_receipt* const* receipts, std::size_t count) {
    return guarded(ctx, std::int32_t{MESSO_E_IO}, [&](auto& self) { return self.on_receipts(receipts, count); });
  };
  host.checkpoint = [](void* ctx, const messo_id* attempt, messo_str bytes) {
    if (attempt == nullptr) return std::int32_t{MESSO_E_NOT_FOUND};
    return guarded(ctx, std::int32_t{MESSO_E_IO}, [&](auto& self) { return self.checkpoint(*attempt, bytes); });
  };
  host.keep_as_sent = [](void* ctx, const messo_id* attempt, messo_str bytes, const messo_reference* const* references, std::size_t count) {
    if (attempt == nullptr) return std::int32_t{MESSO_E_NOT_FOUND};
    return guarded(ctx, std::int32_t{MESSO_E_IO}, [&](auto& self) { return self.keep_as_sent(*attempt, bytes, references, count); });
  };
  host.log = [](void* ctx, std::uint32_t level, messo_str id, messo_str text) {
    guarded(ctx, 0, [&](auto& self) { return self.log(level, id, text), 0; });
  };
  // A muted plugin still gets the time: it may compute with it in a loop.
  host.now_ms = [](void* ctx) {
    return guarded(ctx, to_unix_ms(SystemClock().now()), [](auto& self) { return to_unix_ms(self.parts_.clock.now()); });
  };
  host.steady_ms = [](void* ctx) {
    const auto ms = [](Steady t) { return std::int64_t{std::chrono::duration_cast<Millis>(t.time_since_epoch()).count()}; };
    return guarded(ctx, ms(std::chrono::steady_clock::now()), [&](auto& self) { return ms(self.parts_.clock.steady()); });
  };
  host.extension = [](void*, const char*) -> const void* { return nullptr; };
}

bool PluginBorder::admit(std::span<const OutgoingMessage> batch) {
  const Instant wall = parts_.clock.now();
  const Steady steady = parts_.clock.steady();
  return state_.with([&](State& state) {
    if (state.out.size() + batch.size() > state.granted || steady < state.paused_until) return false;
    state.out.add(batch, wall, steady);
    return true;
  });
}

bool PluginBorder::take_back(std::span<const OutgoingMessage> batch) {
  const auto untouched = state_.with([&](State& state) {
    auto back = state.out.take_back(batch);
    if (back.size() < batch.size()) {
      for (const AttemptId& attempt : back) state.out.expect(attempt);
    }
    return back;
  });
  if (untouched.size() == batch.size()) return true;
  complain("MSO-2502",
           "a plugin said it was busy and answered some of the messages nevertheless; the others are in doubt. Report it to its author");
  tell_unknown(untouched, "submit_failed", "The channel failed while it was taking the message.");
  return false;
}

void PluginBorder::fail_batch(std::span<const OutgoingMessage> batch) {
  const auto open = state_.with([&](State& state) {
    std::vector<AttemptId> out;
    for (const auto& message : batch) {
      if (state.out.find(message.attempt) != nullptr && state.out.answer(message.attempt) == Answered::first) {
        state.out.expect(message.attempt);
        out.push_back(message.attempt);
      }
    }
    return out;
  });
  tell_unknown(open, "submit_failed", "The channel failed while it was taking the message.");
}

void PluginBorder::sweep() {
  const std::shared_lock hold(gate_);
  if (muted_.load(std::memory_order_relaxed)) return;
  const auto overdue = state_.with([&](State& state) { return state.out.overdue(parts_.clock.steady()); });
  if (overdue.empty()) return;
  complain("MSO-2503",
           "a plugin has not answered for messages in time; they are in doubt. If it goes on, restart the provider and tell its author");
  tell_unknown(overdue, "no_answer", "The channel has not said what became of the message.");
}

void PluginBorder::expect(AttemptId attempt) {
  state_.with([&](State& state) { state.out.expect(attempt); });
}

void PluginBorder::abandon(std::string_view code, std::string_view text) {
  const auto left = state_.with([](State& state) { return state.out.abandon(); });
  tell_unknown(left, code, text);
}

void PluginBorder::mute() {
  muted_.store(true, std::memory_order_release);
  const std::unique_lock hold(gate_);
}

BorderFigures PluginBorder::figures() const {
  const Steady now = parts_.clock.steady();
  return state_.with([&](const State& state) {
    BorderFigures out{state.granted, state.out.size(), {}, state.reason};
    if (now < state.paused_until) out.pause_until = state.pause_until;
    return out;
  });
}

void PluginBorder::tell_unknown(std::span<const AttemptId> attempts, std::string_view code, std::string_view text) {
  for (const AttemptId& attempt : attempts) parts_.listener.on_outcome(provider_, attempt, unknown_outcome(code, text));
}

void PluginBorder::complain(std::string_view id, std::string_view sentence) {
  if (within(complaints_)) parts_.log.warning(id, sentence, {{"provider", key_}});
}

// A plugin that is wrong about every message, or writes without end, must not fill the disk.
bool PluginBorder::within(Guarded<LogWindow>& lines) {
  const Steady now = parts_.clock.steady();
  unsigned dropped = 0;
  const bool pass = lines.with([&](LogWindow& window) {
    if (now - window.since > kLogWindow) dropped = std::exchange(window, LogWindow{now, 0, 0}).dropped;
    if (++window.lines <= kLogLines) return true;
    ++window.dropped;
    return false;
  });
  if (dropped > 0)
    parts_.log.warning("MSO-2514", "a plugin writes too much; lines of it were left out",
                       {{"provider", key_}, {"lines", std::to_string(dropped)}});
  return pass;
}

// ---- what the plugin calls ----

void PluginBorder::on_outcome(const messo_outcome& raw) {
  auto outcome = read_outcome(raw);
  if (!outcome) {
    complain("MSO-2504",
             "a plugin gave an outcome too short to be one; it is ignored and the message ends in doubt. Install a matching plugin");
    return;
  }
  const AttemptId attempt = attempt_of(raw.attempt);
  const Answered what = state_.with([&](State& state) { return state.out.answer(attempt); });
  switch (what) {
    case Answered::first: break;
    case Answered::late:
      parts_.log.info("MSO-2505", "an outcome came after its time and settles the doubt if it can",
                      {{"provider", key_}, {"attempt", attempt.to_string()}, {"code", outcome->code}});
      break;
    case Answered::again:
      complain("MSO-2506", "a plugin answered twice for one message; the second answer is only kept as an event. Report it to its author");
      break;
    case Answered::foreign:
      complain("MSO-2507", "a plugin answered for a message that is not in its hands; the answer is dropped. Report it to its author");
      return;
  }
  if (outcome->kind == OutcomeKind::pending && outcome->references.empty() && what == Answered::first) {
    complain("MSO-2508",
             "a plugin expects a receipt but gave no reference it could be matched by; it will end without outcome. Tell its author");
  }
  parts_.listener.on_outcome(provider_, attempt, std::move(*outcome));
}

void PluginBorder::credits(std::uint32_t messages, std::int64_t pause_until_ms, messo_str reason) {
  if (messages > kMostCredits) {
    complain("MSO-2509", "a plugin grants more messages than make sense; 100,000 are taken. Report it to its author");
    messages = kMostCredits;
  }
  Grant grant{messages, {}, clean_text(reason, kMaxPublicText)};
  const Instant now = parts_.clock.now();
  Millis wait{0};
  if (pause_until_ms > to_unix_ms(now)) {
    wait = std::min(Millis{pause_until_ms - to_unix_ms(now)}, kLongestPause);
    grant.pause_until = now + wait;
  }
  const std::scoped_lock in_order(grant_order_);
  state_.with([&](State& state) {
    state.granted = messages;
    state.pause_until = grant.pause_until;
    state.paused_until = wait.count() > 0 ? parts_.clock.steady() + wait : Steady{};
    state.reason = grant.reason;
  });
  if (!grants_ended_) parts_.listener.on_grant(provider_, std::move(grant));
}

void PluginBorder::end_grants() {
  const std::scoped_lock in_order(grant_order_);
  grants_ended_ = true;
}

void PluginBorder::repeat_grant() {
  const std::scoped_lock in_order(grant_order_);
  const auto now = figures();
  parts_.listener.on_grant(provider_, {now.granted, now.pause_until, now.reason});
}

std::int64_t PluginBorder::read_attachment(const messo_id& attempt, std::uint64_t handle, std::uint64_t offset, void* into,
                                           std::size_t length) {
  struct Found {
    OrganisationId organisation;
    AttemptsOut::File file;
  };
  const auto found = state_.with([&](const State& state) -> std::optional<Found> {
    const auto* entry = state.out.find(attempt_of(attempt));
    if (entry == nullptr || handle == 0 || handle > entry->files.size()) return {};
    return Found{entry->organisation, entry->files[handle - 1]};
  });
  if (!found) return MESSO_E_NOT_FOUND;
  if (offset >= found->file.size || length == 0) return 0;
  const auto bytes = parts_.blobs.read(found->organisation, found->file.blob, offset, std::min(length, kMostRead));
  if (!bytes) {
    parts_.log.error("MSO-2510", "an attachment cannot be read from the store; its message waits. Check the disk that holds the blobs",
                     {{"provider", key_}, {"attempt", attempt_of(attempt).to_string()}, {"detail", bytes.error().detail}});
    return bytes.error().kind == ErrorKind::not_found ? MESSO_E_NOT_FOUND : MESSO_E_IO;
  }
  const std::size_t size = std::min(bytes->size(), length);
  std::memcpy(into, bytes->data(), size);
  return static_cast<std::int64_t>(size);
}

std::int32_t PluginBorder::on_receipts(const messo_receipt* const* receipts, std::size_t count) {
  if (receipts == nullptr && count > 0) return MESSO_E_INVALID;
  auto converted = convert(receipts, count);
  if (!converted) return converted.error().kind == ErrorKind::invalid ? MESSO_E_INVALID : MESSO_E_IO;
  if (converted->empty()) return MESSO_OK;
  const auto done = parts_.listener.on_receipts(provider_, *converted);
  if (done) return MESSO_OK;
  return done.error().kind == ErrorKind::invalid ? MESSO_E_INVALID : MESSO_E_IO;
}

Result<std::vector<Receipt>> PluginBorder::convert(const messo_receipt* const* receipts, std::size_t count) {
  std::vector<Receipt> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto one = receipts[i] != nullptr ? read_receipt(*receipts[i]) : std::nullopt;
    if (!one) {
      complain("MSO-2511",
               "a plugin gave a receipt without dedupe key or with references that are none; the whole group is refused. Report it to its "
               "author");
      return fail(ErrorKind::invalid, "bad_receipt", "a receipt lacks its dedupe key, or its references are none");
    }
    out.push_back(std::move(*one));
  }
  return out;
}

std::int32_t PluginBorder::checkpoint(const messo_id& attempt, messo_str bytes) {
  const AttemptId id = attempt_of(attempt);
  if (!state_.with([&](const State& state) { return state.out.find(id) != nullptr; })) return MESSO_E_NOT_FOUND;
  if (bytes.len > kMaxCheckpoint) return MESSO_E_INVALID;
  return parts_.listener.checkpoint(provider_, id, raw_view(bytes)) ? MESSO_OK : MESSO_E_IO;
}

std::int32_t PluginBorder::keep_as_sent(const messo_id& attempt, messo_str bytes, const messo_reference* const* references,
                                        std::size_t count) {
  const AttemptId id = attempt_of(attempt);
  const auto owner = state_.with([&](const State& state) {
    const auto* entry = state.out.find(id);
    return entry == nullptr ? std::nullopt : std::optional(entry->organisation);
  });
  if (!owner) return MESSO_E_NOT_FOUND;
  const auto named = read_all_references(references, count);
  const bool references_only = bytes.len == 0 && !evidence_ && named && !named->empty();
  if (!named || (!references_only && (bytes.ptr == nullptr || bytes.len == 0)) || bytes.len > kMaxAsSent) {
    complain(
        "MSO-2517",
        "a plugin gave a message to be kept as it is sent that is empty, over 128 MiB, or has references that are none; it is not to be "
        "sent. Report it to its author");
    return MESSO_E_INVALID;
  }
  const Status kept = references_only ? parts_.listener.expect(provider_, id, *named) : keep_message(*owner, id, raw_view(bytes), *named);
  if (kept) return MESSO_OK;
  if (kept.error().kind == ErrorKind::not_found) return MESSO_E_NOT_FOUND;
  if (kept.error().kind == ErrorKind::conflict || kept.error().kind == ErrorKind::invalid) return MESSO_E_INVALID;
  parts_.log.error("MSO-2518",
                   "a message cannot be kept as it is sent; it is not handed over and waits. Check the disk that holds the store",
                   {{"provider", key_}, {"attempt", id.to_string()}, {"code", kept.error().code}, {"detail", kept.error().detail}});
  return MESSO_E_IO;
}

Status PluginBorder::keep_message(OrganisationId owner, AttemptId attempt, std::string_view bytes, std::span<const Reference> references) {
  // The bytes first: the row names what is there already.
  const auto blob = parts_.blobs.put(owner, bytes);
  if (!blob) return fail(Error(blob.error()));
  return parts_.listener.keep_as_sent(provider_, attempt, *blob, bytes.size(), references);
}

void PluginBorder::log(std::uint32_t level, messo_str id, messo_str text) {
  const LogLevel at = level_of(level);
  if (!parts_.log.enabled(at)) return;
  if (within(log_window_)) parts_.log.write(at, clean_code(id, "plugin.note"), clean_text(text, kMaxLogText), {{"provider", key_}});
}

}  // namespace messo
