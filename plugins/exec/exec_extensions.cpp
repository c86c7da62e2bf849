// What a program answers beside sending, where its description says so: whether the account works, what became of a message, receipts.
#include <algorithm>
#include <stdexcept>

#include "exec_channel.hpp"

namespace exec {

using namespace std::chrono_literals;
using namespace messo::plugin;
using nlohmann::json;

namespace {

constexpr std::size_t kMostQuestions = 1000;       // open at once
constexpr std::size_t kMostUnanswerable = 10'000;  // remembered, oldest forgotten first
constexpr std::chrono::milliseconds kCall{9'000};  // the hub gives a provider's call up after ten seconds

// Before the hub's own limit, so that the problem is told as what it is.
std::chrono::milliseconds within(std::chrono::milliseconds limit) { return limit - std::min(limit / 10, std::chrono::milliseconds(500)); }

TakesReceiptCalls::Answer plain(std::uint32_t status, std::string body) {
  TakesReceiptCalls::Answer out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

}  // namespace

ExecChannel::Reply ExecChannel::ask_and_wait(std::string one_only, std::string_view method, json params, Millis limit) {
  Reply reply;
  reply.failed = reply.ended = true;
  std::unique_lock hold(mutex_);
  if (phase_ != Phase::ready || stopping_) {
    reply.problem = problem_.empty() ? "the program is not ready" : problem_;
    return reply;
  }
  const std::string name = "`" + std::string(method) + "`";
  if (!owed_.insert(one_only).second) {
    reply.problem = "the program has not answered the " + name + " before this one";
    return reply;
  }
  reply = {};
  ask({Asked::waited, {}, std::move(one_only)}, method, std::move(params));
  const std::uint64_t id = next_id_;
  waiting_.emplace(id, &reply);
  wake();
  changed_.wait_for(hold, limit, [&] { return reply.done || stopping_; });
  waiting_.erase(id);
  if (reply.done && !reply.ended) {
    if (reply.failed && reply.problem.empty()) reply.problem = "the program answered " + name + " with an error and did not say why";
    return reply;
  }
  if (!reply.done) reply.problem = stopping_ ? "the channel is being stopped" : "the program did not answer " + name + " in time";
  reply.failed = reply.ended = true;
  return reply;
}

void ExecChannel::on_waited(std::uint64_t id, const Question& question, Reply reply) {
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    owed_.erase(question.one_only);
    const auto at = waiting_.find(id);
    if (at == waiting_.end()) return;  // too late: who asked has gone
    *at->second = std::move(reply);
    waiting_.erase(at);
  }
  changed_.notify_all();
}

ExecChannel::Report ExecChannel::probe(Millis limit) {
  const Reply reply = ask_and_wait("health", "health", json::object(), limit);
  if (reply.failed) return {false, reply.problem};
  const json& said = reply.result;
  const bool ok = !said.is_object() || said.value("ok", json(true)) != false;
  std::string text = said.is_object() ? text_of(said, "text") : std::string();
  if (text.empty()) text = ok ? "The program is well." : "the program is not well and did not say why";
  return {ok, std::move(text)};
}

std::optional<ExecChannel::Balance> ExecChannel::balance(Millis limit) {
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    if (phase_ == Phase::ready && !description_.balance) return {};
  }
  const Reply reply = ask_and_wait("balance", "balance", {{"timeout_ms", within(limit).count()}}, within(limit));
  if (reply.failed) throw std::runtime_error(reply.problem);
  if (!reply.result.is_object()) throw std::runtime_error("the program answered `balance` with what is no object");
  Balance out;
  out.amount = text_of(reply.result, "amount"), out.currency = text_of(reply.result, "currency");
  if (const auto messages = number_of(reply.result, "messages", -1); messages >= 0) out.messages = static_cast<std::uint64_t>(messages);
  out.sentence = text_of(reply.result, "text").substr(0, 400);
  return out;
}

// ---- query/1: never waits, for messages are submitted on the same thread ----

std::int32_t ExecChannel::query(const messo_id& attempt, const std::vector<Reference>& references) {
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    if (phase_ != Phase::ready || stopping_) return MESSO_E_BUSY;
    if (!description_.queries || unanswerable_.count(attempt) > 0) return MESSO_E_NOT_FOUND;
    if (questioned_.size() >= kMostQuestions || !questioned_.insert(attempt).second) return MESSO_E_BUSY;
    ask({Asked::query, attempt, {}}, "query", {{"attempt", to_string(attempt)}, {"references", references_json(references)}});
  }
  wake();
  return MESSO_OK;
}

void ExecChannel::on_queried(const messo_id& attempt, const json& message) {
  const auto error = message.find("error");
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    questioned_.erase(attempt);
    // The hub hears of it when it puts the question again.
    if (error != message.end() && error->is_object() && number_of(*error, "code", 0) == kCannotSay &&
        unanswerable_.insert(attempt).second) {
      unanswerable_order_.push_back(attempt);
      if (unanswerable_order_.size() > kMostUnanswerable) {
        unanswerable_.erase(unanswerable_order_.front());
        unanswerable_order_.pop_front();
      }
      return;
    }
  }
  if (error != message.end()) {
    host().warning("exec.query_failed", "the program failed when it was asked about a message; it is asked again later");
    return;
  }
  json result = message.value("result", json());
  if (!result.is_object() || !result.contains("kind")) return;  // told later, by `outcome`
  result["attempt"] = to_string(attempt);
  if (const auto said = read_outcome(result)) answer(attempt, said->outcome);
}

// ---- receipts.poll/1 and receipts.callback/1: on threads of the hub that may wait ----

std::vector<ExecChannel::Mailbox> ExecChannel::mailboxes() {
  const std::lock_guard<std::mutex> hold(mutex_);
  return description_.polls ? mailboxes_ : std::vector<Mailbox>{};
}

void ExecChannel::check_mailbox(std::string_view name) {
  const std::lock_guard<std::mutex> hold(mutex_);
  const auto is_it = [&](const Mailbox& one) { return one.name == name; };
  if (!description_.polls || std::none_of(mailboxes_.begin(), mailboxes_.end(), is_it))
    throw std::runtime_error("the program has no mailbox of that name");
}

ExecChannel::Page ExecChannel::poll(const Request& request) {
  check_mailbox(request.mailbox);
  const Reply reply = ask_and_wait("poll " + std::string(request.mailbox), "poll",
                                   {{"mailbox", request.mailbox},
                                    {"cursor", request.cursor},
                                    {"limit", request.limit},
                                    {"again", request.again},
                                    {"timeout_ms", within(request.timeout).count()}},
                                   within(request.timeout));
  if (reply.failed) throw std::runtime_error(reply.problem);
  return read_page(reply.result);
}

void ExecChannel::ack(std::string_view mailbox, const std::vector<std::string_view>& ids, std::chrono::milliseconds timeout) {
  check_mailbox(mailbox);
  const Reply reply = ask_and_wait("ack " + std::string(mailbox), "ack",
                                   {{"mailbox", mailbox}, {"ids", ids}, {"timeout_ms", within(timeout).count()}}, within(timeout));
  if (reply.failed) throw std::runtime_error(reply.problem);
}

ExecChannel::Answer ExecChannel::on_request(const Call& call) {
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    if (was_ready_ && !description_.takes_calls) return plain(404, "There is nothing at this address.\n");
  }
  const Reply reply = ask_and_wait("callback", "callback", call_json(call), kCall);
  if (reply.ended) return plain(503, "The call cannot be taken at the moment; call again.\n");
  if (reply.failed) throw std::runtime_error(reply.problem);
  return read_call_answer(reply.result);
}

}  // namespace exec
