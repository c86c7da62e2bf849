// Questions about messages in doubt (query/1 by query_sm, SMPP 3.4 §4.8), and the probe.
#include <fmt/format.h>

#include <algorithm>

#include "smpp/pool.hpp"
#include "sms/text.hpp"

namespace messo::smpp {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMostDoubts = 10'000;
constexpr std::uint8_t kNoAnswer = 0;

}  // namespace

// Parts without an id, and messages whose parts are not all named, cannot be asked about.
std::int32_t SmppPool::query(const messo_id& attempt, const std::vector<plugin::Reference>& references) {
  auto question = std::make_shared<Question>();
  std::size_t parts = 0;
  for (const auto& one : references) {
    if (one.kind != "smpp-id" && one.kind != "smpp-part" && one.kind != "umr") continue;
    if (one.part >= sms::kMostParts) return MESSO_E_NOT_FOUND;
    parts = std::max<std::size_t>(parts, one.part + 1);
  }
  question->ids.resize(parts);
  for (const auto& one : references) {
    if (one.kind != "smpp-id") continue;
    question->ids[one.part] = one.value;
    question->references.push_back(one);
  }
  if (parts == 0 || std::ranges::any_of(question->ids, [](const auto& id) { return id.empty(); })) return MESSO_E_NOT_FOUND;
  if (bound_ == 0) return MESSO_E_BUSY;
  question->attempt = attempt;
  if (const auto source = source_address(settings_.sender, settings_)) question->source = *source;
  question->states.assign(parts, kNoAnswer);
  question->open = parts;
  const std::scoped_lock hold(inbox_mutex_);
  if (inbox_.stop) return MESSO_E_BUSY;
  inbox_.questions.push_back(std::move(question));
  ring();
  return MESSO_OK;
}

void SmppPool::ask(const QuestionPtr& question, Steady now) {
  const auto known = doubts_.find(question->attempt);
  if (known != doubts_.end()) {
    question->source = known->second.source;
    if (known->second.ids.size() == question->ids.size()) question->ids = known->second.ids;  // as the SMSC wrote them
  }
  Session* through = nullptr;
  for (auto& session : sessions_) {
    if (session->sends() && session->phase == Session::Phase::bound) through = session.get();
  }
  if (through == nullptr || stopping_) return answer_question(*question);
  for (std::uint32_t i = 0; i < question->ids.size(); ++i) {
    const QuerySm query{question->ids[i], question->source.ton, question->source.npi, question->source.digits};
    if (encode({0, 1, query}).empty()) {
      if (--question->open == 0) answer_question(*question);
      continue;
    }
    through->request(query,
                     {.what = Awaited::What::query, .sent_at = now, .until = now + settings_.response, .question = question, .part = i});
  }
}

void SmppPool::take_queried(const Awaited& awaited, std::uint32_t status, const QuerySmResponse* response) {
  auto& question = *awaited.question;
  if (status == 0 && response != nullptr)
    question.states[awaited.part] = static_cast<std::uint8_t>(state_of(std::uint32_t{response->message_state}));
  if (--question.open == 0) answer_question(question);
}

// The SMSC has the message when it knows all of its parts. What has become of them is told as receipts would have told it.
void SmppPool::answer_question(const Question& question) {
  const auto known = [](std::uint8_t state) { return state != kNoAnswer && state != static_cast<std::uint8_t>(State::unknown); };
  if (!std::ranges::all_of(question.states, known)) {
    host_.outcome(question.attempt, plugin::unknown("smpp.query_unanswered", "The provider could not say what became of the message."));
    return;
  }
  host_.outcome(question.attempt, plugin::pending(question.references, "smpp.query_found"));
  for (std::uint32_t i = 0; i < question.states.size(); ++i) {
    if (auto receipt = receipt_of_query(question.ids[i], i, static_cast<State>(question.states[i]), host_.now_ms())) {
      ReceiptClerk::Slip slip;
      slip.receipt = std::move(*receipt);
      clerk_.put(slip);
    }
  }
}

void SmppPool::remember_doubt(const Outbound& message) {
  if (std::ranges::all_of(message.ids, [](const auto& id) { return id.empty(); })) return;
  if (doubts_.insert_or_assign(message.attempt, Doubt{message.source, message.ids}).second) doubt_order_.push_back(message.attempt);
  if (doubt_order_.size() <= kMostDoubts) return;
  doubts_.erase(doubt_order_.front());
  doubt_order_.pop_front();
}

plugin::Probes::Report SmppPool::probe(std::chrono::milliseconds limit) {
  const auto where = fmt::format("{}:{}{}", settings_.host, settings_.port, settings_.tls ? " with TLS" : " without TLS");
  if (const auto bound = bound_.load(); bound > 0)
    return {true,
            fmt::format("Bound to {} as {}: {} of {} sessions that send are up.", where, settings_.system_id, bound, settings_.binds)};
  auto settings = settings_;
  settings.connect = std::clamp(std::chrono::duration_cast<Seconds>(limit / 3), Seconds{1}, settings_.connect);  // TCP, TLS, bind
  const auto smsc = try_bind(settings, tls_, probe_abort_);
  if (!smsc) return {false, full_advice(smsc.error())};
  return {true, fmt::format("Bound to {} as {}, and unbound.", where, settings_.system_id)};
}

}  // namespace messo::smpp
