#include "dispatch/submitter.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "config/sms_default_sender.hpp"
#include "dispatch/message_builder.hpp"
#include "model/sms_sender_choice.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;
constexpr Millis kBusyWait{100};
constexpr std::size_t kSmallestChunk = 32;
constexpr std::array<std::string_view, 2> kToldRefusals{"no_address", "test_provider_not_simulated"};
constexpr std::string_view kAliasNotRegistered = "sms_alias_not_registered";

Outcome refused(std::string code, std::string text) {
  Outcome out;
  out.kind = OutcomeKind::refused;
  out.code = std::move(code);
  out.public_text = std::move(text);
  return out;
}

// Given back untouched: costs no attempt.
Outcome given_back(std::string code, std::string text, OutcomeScope scope, Millis wait) {
  Outcome out;
  out.kind = OutcomeKind::try_later;
  out.scope = scope;
  out.throttled = true;
  out.retry_after = wait;
  out.code = std::move(code);
  out.public_text = std::move(text);
  return out;
}

Outcome in_doubt() {
  Outcome out;
  out.kind = OutcomeKind::unknown;
  out.scope = OutcomeScope::provider;
  out.code = "submit_failed";
  out.public_text = "the channel failed while it was taking the message";
  return out;
}

// An alias may have lost its registration since the job was taken. Messages of test keys reach nobody.
std::string refused_sender(const LeasedDelivery& delivery, const std::string& default_sender, const DirectorySnapshot& directory) {
  if (delivery.channel != Channel::sms || delivery.kind == KeyKind::test) return {};
  const auto service = directory.services.find(delivery.service);
  const auto own = service == directory.services.end() ? std::string_view() : sms_sender_of(directory, service->second);
  return refused_sms_sender(directory, delivery.organisation, own.empty() ? default_sender : own);
}

std::uint64_t since(std::chrono::steady_clock::time_point start) {
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count());
}

}  // namespace

void Submitter::submit(std::vector<LeasedDelivery> leased, std::span<const Candidate> candidates, const DirectorySnapshot& directory) {
  // One provider after the other, each one's messages in the order they were chosen.
  for (const Candidate& candidate : candidates) {
    std::vector<LeasedDelivery> mine;
    for (LeasedDelivery& one : leased) {
      if (one.provider == candidate.id) mine.push_back(std::move(one));
    }
    if (!mine.empty()) submit_to(candidate.port, std::move(mine), directory);
  }
}

void Submitter::submit_to(const ProviderPortPtr& port, std::vector<LeasedDelivery> leased, const DirectorySnapshot& directory) {
  const ProviderId provider = port->settings().id;
  const bool resend = parts_.board.rules(provider).on_doubt == OnDoubt::resend;
  // Where no commit stands between, the provider starts on the first messages while the others are rendered.
  const std::size_t chunk = resend ? std::max(port->preferred_batch(), kSmallestChunk) : leased.size();
  for (std::size_t from = 0; from < leased.size(); from += chunk) {
    const auto begin = leased.begin() + static_cast<std::ptrdiff_t>(from);
    const auto end = leased.begin() + static_cast<std::ptrdiff_t>(std::min(leased.size(), from + chunk));
    Ready ready = prepare(*port, {std::make_move_iterator(begin), std::make_move_iterator(end)}, directory);
    parts_.in_hand.add(std::move(ready.attempts));
    for (auto& [attempt, outcome] : ready.failed) parts_.recorder.answer_if_open(provider, attempt, std::move(outcome));
    if (!resend && !ready.messages.empty()) hand_over(provider, ready.messages);
    give(port, ready.messages);
  }
}

Submitter::Ready Submitter::prepare(const ProviderPort& port, std::vector<LeasedDelivery> leased, const DirectorySnapshot& directory) {
  const auto started = std::chrono::steady_clock::now();
  const Steady steady = parts_.clock.steady();
  Ready ready;
  ready.messages.reserve(leased.size());
  ready.attempts.reserve(leased.size());
  const std::string default_sender = sms_default_sender(port.settings());
  for (LeasedDelivery& one : leased) {
    InHandAttempt attempt{one.attempt,
                          one.provider,
                          {one.delivery, one.channel, one.attempts_counted, one.expires_at, false},
                          {},
                          steady + answer_wait(one.channel),
                          steady};
    auto message = make(port, default_sender, std::move(one), directory, attempt);
    if (message) {
      ready.messages.push_back(std::move(*message));
    } else {
      ready.failed.emplace_back(attempt.attempt, not_made(message.error(), attempt));
    }
    ready.attempts.push_back(std::move(attempt));
  }
  parts_.metrics.rendered.fetch_add(ready.messages.size(), std::memory_order_relaxed);
  parts_.metrics.render_nanoseconds.fetch_add(since(started), std::memory_order_relaxed);
  return ready;
}

Outcome Submitter::not_made(const Error& error, const InHandAttempt& attempt) {
  if (error.kind == ErrorKind::unavailable) {
    return given_back("render_unavailable", "the template could not be read", OutcomeScope::message, 5s);
  }
  const std::string delivery = attempt.facts.delivery.to_string();
  if (error.code == kAliasNotRegistered) {
    parts_.log.warning("MSO-3023", "an SMS is refused: its sender is an alias that is not registered. Look at `messo sms sender list`",
                       {{"delivery", delivery}});
    return refused(error.code, error.message);
  }
  parts_.metrics.render_failed.fetch_add(1, std::memory_order_relaxed);
  parts_.log.error("MSO-3020", "a message cannot be put together and is refused. Check its template version and report it with this line",
                   {{"delivery", delivery}, {"code", error.code}, {"detail", error.detail}});
  const bool known = std::ranges::find(kToldRefusals, error.code) != kToldRefusals.end();
  return refused(known ? error.code : "render_failed", error.message);
}

Result<OutgoingMessage> Submitter::make(const ProviderPort& port, const std::string& default_sender, LeasedDelivery&& delivery,
                                        const DirectorySnapshot& directory, InHandAttempt& attempt) {
  if (delivery.kind == KeyKind::test && !port.simulated()) {
    return fail(ErrorKind::invalid, "test_provider_not_simulated",
                "a test key's message never goes to a real provider: give the pool a simulated one");
  }
  if (auto refusal = refused_sender(delivery, default_sender, directory); !refusal.empty()) {
    return fail(ErrorKind::invalid, std::string(kAliasNotRegistered), std::move(refusal));
  }
  auto rendered = parts_.renderer.render(delivery);
  if (!rendered) return fail(std::move(rendered.error()));
  attempt.content_hash = std::move(rendered->content_hash);
  attempt.sms_segments = rendered->sms_segments;
  return build_message(std::move(delivery), std::move(rendered->parts), directory);
}

void Submitter::hand_over(ProviderId provider, std::vector<OutgoingMessage>& messages) {
  const auto started = std::chrono::steady_clock::now();
  std::vector<AttemptId> attempts;
  attempts.reserve(messages.size());
  for (const OutgoingMessage& message : messages) attempts.push_back(message.attempt);
  const auto lost = parts_.store.work().hand_over(attempts, parts_.clock.now());
  parts_.metrics.lease_nanoseconds.fetch_add(since(started), std::memory_order_relaxed);
  if (!lost) {
    parts_.metrics.store_errors.fetch_add(1, std::memory_order_relaxed);
    answer_for(provider, messages,
               given_back("hand_over_failed", "the hub could not make the hand-over durable", OutcomeScope::message, 1s));
    messages.clear();
    return;
  }
  if (lost->empty()) return;
  const std::unordered_set<AttemptId> gone(lost->begin(), lost->end());
  for (const AttemptId& attempt : gone) parts_.in_hand.take(attempt);
  parts_.board.put_back(provider, static_cast<std::uint32_t>(gone.size()));
  parts_.metrics.lease_lost.fetch_add(gone.size(), std::memory_order_relaxed);
  std::erase_if(messages, [&](const OutgoingMessage& message) { return gone.contains(message.attempt); });
}

void Submitter::give(const ProviderPortPtr& port, std::span<OutgoingMessage> messages) {
  const ProviderId provider = port->settings().id;
  const std::size_t most = std::max<std::size_t>(port->max_batch(), 1);
  const auto started = std::chrono::steady_clock::now();
  std::uint64_t taken = 0;
  while (!messages.empty()) {
    const auto batch = messages.first(std::min(most, messages.size()));
    // At the last moment: a step of the wall clock since the message was made must not take its time away.
    const Instant answer_by = parts_.clock.now() + answer_wait(port->settings().channel);
    for (OutgoingMessage& message : batch) message.answer_by = answer_by;
    const Submitted answer = port->submit(batch);
    if (answer == Submitted::busy) {
      parts_.metrics.submit_busy.fetch_add(1, std::memory_order_relaxed);
      answer_for(provider, messages,
                 given_back("provider_busy", "the channel took nothing for the moment", OutcomeScope::provider, kBusyWait));
      break;
    }
    taken += batch.size();
    if (answer == Submitted::failed) {
      parts_.metrics.submit_failed.fetch_add(1, std::memory_order_relaxed);
      parts_.log.error("MSO-3021",
                       "a channel plugin failed while taking messages: those without an answer are in doubt. Check the plugin's log lines",
                       {{"provider", port->settings().key}});
      answer_for(provider, batch, in_doubt());
    }
    messages = messages.subspan(batch.size());
  }
  parts_.metrics.submit_nanoseconds.fetch_add(since(started), std::memory_order_relaxed);
  parts_.metrics.providers.with([&](auto& all) { all[provider].submitted += taken; });
}

void Submitter::answer_for(ProviderId provider, std::span<const OutgoingMessage> messages, const Outcome& outcome) {
  for (const OutgoingMessage& message : messages) parts_.recorder.answer_if_open(provider, message.attempt, outcome);
}

}  // namespace messo
