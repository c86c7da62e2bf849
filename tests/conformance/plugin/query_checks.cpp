// query/1, cancel/1, measure/1, resume/1, balance/1.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "channel/balance.hpp"
#include "extension_checks.hpp"

namespace messo::conformance {
namespace {

using namespace std::chrono_literals;

constexpr auto kAtOnce = 1s;
constexpr auto kHangs = 10s;

// The code of query(), MESSO_E_INTERNAL when it did not come back; complains about what no query() may return.
std::int32_t ask_plugin(ExtensionCheck& of, const messo_query_v1& table, AttemptId attempt, std::vector<Reference> references) {
  struct Call {
    explicit Call(std::vector<Reference> given) : kept(std::move(given)), raw(kept) {}
    const std::vector<Reference> kept;
    const BorderReferences raw;
    std::int32_t code = MESSO_E_INTERNAL;
  };
  of.one.host().ask(attempt);
  const auto call = std::make_shared<Call>(std::move(references));
  const auto begin = std::chrono::steady_clock::now();
  const bool back = call_within(kHangs, "query()", of.one, of.broken, [call, &table, token = to_border(attempt), raw = of.one.raw()] {
    call->code = table.query(raw, &token, call->raw.data(), call->raw.size());
  });
  if (!back) return MESSO_E_INTERNAL;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  if (took > kAtOnce)
    of.broken.push_back(fmt::format("query() kept the hub for {} ms: start the question, return, and answer by on_outcome", took.count()));
  if (call->code != MESSO_OK && call->code != MESSO_E_BUSY && call->code != MESSO_E_NOT_FOUND)
    of.broken.push_back(fmt::format("query() returned {}: there are MESSO_OK, MESSO_E_BUSY and MESSO_E_NOT_FOUND", call->code));
  return call->code;
}

std::string_view reaction(std::int32_t code, const std::optional<Outcome>& answer) {
  if (code == MESSO_E_BUSY) return "ask later";
  if (code == MESSO_E_NOT_FOUND) return "it can never tell";
  if (!answer) return "no answer so far";
  return to_string(answer->kind);
}

}  // namespace

void check_query(ExtensionCheck& of, const messo_query_v1& table, AttemptId sent, AttemptId unheard_of) {
  const auto wait = std::min<std::chrono::milliseconds>(of.options.patience, 5s);
  auto& host = of.one.host();
  const auto outcomes = host.outcomes();
  const auto said = outcomes.find(sent);
  if (said != outcomes.end()) {
    const std::int32_t code = ask_plugin(of, table, sent, said->second.references);
    const auto answer = code == MESSO_OK ? host.wait_answer(sent, wait) : std::nullopt;
    of.notes.push_back(fmt::format("asked about a message that was {}: {}", to_string(said->second.kind), reaction(code, answer)));
    const bool had = said->second.kind == OutcomeKind::sent || said->second.kind == OutcomeKind::pending;
    if (had && answer && answer->kind == OutcomeKind::try_later)
      of.broken.push_back("it says that the provider certainly never had a message it had reported as " +
                          std::string(to_string(said->second.kind)) + ": the hub would send it twice");
  }
  const std::int32_t code = ask_plugin(of, table, unheard_of, {});
  const auto answer = code == MESSO_OK ? host.wait_answer(unheard_of, wait) : std::nullopt;
  of.notes.push_back(fmt::format("asked about a message that never was: {}", reaction(code, answer)));
  if (answer && (answer->kind == OutcomeKind::sent || answer->kind == OutcomeKind::pending))
    of.broken.push_back(fmt::format("it says `{}` of a message that never was: a lost one would count as sent", to_string(answer->kind)));

  const std::vector<Reference> odd{
      {"", "x", 0}, {"id", std::string("\xff\x00{\"", 4), 7}, {std::string(64, 'k'), std::string(998, 'v'), 4'000'000'000U}};
  std::vector<Reference> many(255, {"id", "0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6071", 0});
  ask_plugin(of, table, unheard_of, odd);
  ask_plugin(of, table, unheard_of, std::move(many));
  ask_plugin(of, table, unheard_of, {});  // the one before may be without an answer
}

void check_cancel(ExtensionCheck& of, const messo_cancel_v1& table, AttemptId unheard_of) {
  const auto code = std::make_shared<std::int32_t>(MESSO_E_INTERNAL);
  of.one.host().ask(unheard_of);
  const bool back = call_within(kHangs, "cancel()", of.one, of.broken,
                                [code, &table, token = to_border(unheard_of), raw = of.one.raw()] { *code = table.cancel(raw, &token); });
  if (back && *code == MESSO_E_INTERNAL) of.broken.push_back("cancel() failed on a message it does not hold");
}

std::optional<std::uint64_t> check_measure(ExtensionCheck& of, const messo_measure_v1& table, const OutgoingMessage& message) {
  struct Call {
    explicit Call(const OutgoingMessage& given) : kept(given), raw({&kept, 1}) {}
    const OutgoingMessage kept;
    const BorderBatch raw;
    char room[256] = {};
    messo_buffer report{room, sizeof room, 0};
    std::uint64_t units = 0;
    std::int32_t code = MESSO_E_INTERNAL;
  };
  const auto call = std::make_shared<Call>(message);
  const auto begin = std::chrono::steady_clock::now();
  const bool back = call_within(kHangs, "measure()", of.one, of.broken, [call, &table, raw = of.one.raw()] {
    call->code = table.measure(raw, call->raw.data()[0], &call->units, &call->report);
  });
  if (!back) return {};
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  if (took > kAtOnce) of.broken.push_back(fmt::format("measure() kept the hub for {} ms: it must not use the network", took.count()));
  if (call->report.len > call->report.capacity) {
    of.broken.push_back("its report is longer than its room");
    return {};
  }
  const auto sentence = clean_text({call->room, call->report.len}, sizeof call->room);
  if (call->code == MESSO_E_INTERNAL && sentence.empty())
    of.broken.push_back("measure() failed and did not say why: return a code with a sentence");
  of.notes.push_back(fmt::format("{} units: {}", call->units, sentence));
  if (call->code != MESSO_OK) return {};
  return call->units;
}

void check_segments(ExtensionCheck& of, const messo_measure_v1& table, OutgoingMessage message) {
  const struct {
    std::string text;
    std::uint64_t segments;
  } rows[] = {{"x", 1},
              {std::string(160, 'x'), 1},
              {std::string(161, 'x'), 2},
              {std::string(152, 'x') + "€" + std::string(152, 'x'), 3},  // an escape pair on the border moves on whole
              {std::string(60, 'x') + "č", 1},
              {std::string(70, 'x') + "č", 2}};
  for (const auto& row : rows) {
    message.parts = {{"text", "text/plain", row.text}};
    const auto units = check_measure(of, table, message);
    if (units && units != row.segments)
      of.broken.push_back(fmt::format("a text of {} bytes takes {} segments, it says {}", row.text.size(), row.segments, *units));
  }
}

void check_resume(ExtensionCheck& of, const messo_resume_v1& table, const OutgoingMessage& message, const std::string& checkpoint) {
  struct Call {
    Call(const OutgoingMessage& given, std::string bytes) : kept(given), raw({&kept, 1}), checkpoint(std::move(bytes)) {}
    const OutgoingMessage kept;
    const BorderBatch raw;
    const std::string checkpoint;
    std::int32_t code = MESSO_E_INTERNAL;
  };
  auto& host = of.one.host();
  host.expect({&message, 1});
  const auto call = std::make_shared<Call>(message, checkpoint);
  const bool back = call_within(kHangs, "resume()", of.one, of.broken, [call, &table, raw = of.one.raw()] {
    call->code = table.resume(raw, call->raw.data()[0], {call->checkpoint.data(), call->checkpoint.size()});
  });
  if (!back || call->code != MESSO_OK) return host.withdraw(message.attempt);
  if (!host.wait_answers(of.options.patience + 2s))
    of.broken.push_back(fmt::format("resume() took a checkpoint of {} bytes and gave no outcome", checkpoint.size()));
}

void check_balance(ExtensionCheck& of, const messo_balance_v1& table) {
  struct Call {
    std::array<char, 1024> room{};
    messo_buffer said{room.data(), room.size(), 0};
    std::int32_t code = MESSO_E_INTERNAL;
  };
  const auto call = std::make_shared<Call>();
  const bool back = call_within(8s, "balance(5 s)", of.one, of.broken,
                                [call, &table, raw = of.one.raw()] { call->code = table.balance(raw, 5000, &call->said); });
  if (!back) return;
  if (call->said.len > call->said.capacity) return of.broken.push_back("it says more than it was given room for");
  const std::string_view said(call->room.data(), call->said.len);
  if (call->code == MESSO_E_NOT_FOUND) return of.notes.push_back("this account has no balance that could be asked for");
  if (call->code != MESSO_OK) {
    if (said.empty()) of.broken.push_back(fmt::format("balance() returned {} and no sentence that says why", call->code));
    return of.notes.push_back("it says: " + std::string(said));
  }
  const auto balance = read_balance(said);
  if (!balance) return of.broken.push_back(balance.error().message);
  of.notes.push_back(fmt::format("left: {} {}{}", balance->amount, balance->currency,
                                 balance->messages ? fmt::format(" {} messages", *balance->messages) : ""));
}

}  // namespace messo::conformance
