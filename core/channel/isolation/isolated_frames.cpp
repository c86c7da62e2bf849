// What a plugin's process says, told to the hub; every frame is checked, one that is not understood ends the process.
#include <utility>

#include "channel/border_values.hpp"
#include "channel/isolation/isolated_plugin.hpp"

namespace messo {

using namespace isolation;

namespace {

constexpr std::size_t kMostQuestionsWaiting = 64;
constexpr std::size_t kMostQuestionBytes = 96U << 20;

}  // namespace

bool IsolatedPlugin::handle(const Frame& frame) {
  WireReader in(frame.body);
  switch (frame.kind) {
    case Kind::answer: return on_answer(in);
    case Kind::submitted: return on_submitted(in);
    case Kind::outcome: return on_outcome(in);
    case Kind::credits: return on_credits(in);
    case Kind::log: return on_log(in);
    case Kind::ask: return on_question(in);
    case Kind::pong: return true;
    case Kind::leaving: return on_leaving();
    default: return false;
  }
}

bool IsolatedPlugin::on_answer(WireReader& in) {
  const auto id = in.number<std::uint32_t>();
  const auto code = in.number<std::int32_t>();
  if (!in.ok() || id == 0) return false;
  const std::string_view body = in.rest();
  WireReader text(body);
  {
    const std::scoped_lock hold(mutex_);
    if (id == create_call_ || id == start_call_) {
      const bool creating = id == create_call_;
      (creating ? create_call_ : start_call_) = 0;
      if (code != MESSO_OK) {
        const std::string sentence(text.text());
        if (!started_) last_problem_ = sentence.empty() ? "the plugin refused the configuration and did not say why" : sentence;
        end_reason_ = creating ? "refused its configuration: " + sentence : "could not start: " + sentence;
      }
    } else if (id == leave_call_) {
      leave_call_ = 0;
    } else if (const auto at = calls_.find(id); at != calls_.end()) {
      at->second->answer = {code, std::string(body)};
      at->second->done = true;
      calls_.erase(at);
    }  // else: an answer that nobody waits for any more
  }
  changed_.notify_all();
  return true;
}

bool IsolatedPlugin::on_submitted(WireReader& in) {
  const auto number = in.number<std::uint64_t>();
  const auto code = in.number<std::int32_t>();
  std::vector<messo_id> open;
  {
    const std::scoped_lock hold(mutex_);
    if (!in.complete() || batches_.empty() || batches_.front().number != number || !batches_.front().sent) return false;
    if (code != MESSO_OK) {
      for (const messo_id& attempt : batches_.front().attempts) {
        if (in_hand_.erase(attempt) > 0) open.push_back(attempt);
      }
    }
    batches_.pop_front();
  }
  if (code == MESSO_E_BUSY) {
    tell(open, MESSO_TRY_LATER, "busy", "The channel is busy; the message goes out later.");
  } else if (!open.empty()) {
    tell(open, MESSO_UNKNOWN, "submit_failed", "The channel failed while it was taking the message.");
  }
  return true;
}

bool IsolatedPlugin::on_outcome(WireReader& in) {
  if (!outcome_.read(in) || !in.complete()) return false;
  {
    const std::scoped_lock hold(mutex_);
    in_hand_.erase(outcome_.outcome().attempt);
  }
  host_->on_outcome(host_->ctx, &outcome_.outcome());
  return true;
}

bool IsolatedPlugin::on_credits(WireReader& in) {
  const auto messages = in.number<std::uint32_t>();
  const auto pause_until = in.number<std::int64_t>();
  const auto reason = in.str();
  if (!in.complete()) return false;
  {
    const std::scoped_lock hold(mutex_);
    if (leaving_) return true;
  }
  host_->credits(host_->ctx, messages, pause_until, reason);
  return true;
}

bool IsolatedPlugin::on_log(WireReader& in) {
  const auto level = in.number<std::uint32_t>();
  const auto id = in.str(), text = in.str();
  if (!in.complete()) return false;
  host_->log(host_->ctx, level, id, text);
  return true;
}

// Somebody asked the process to end: it is stopped in good order and started anew.
bool IsolatedPlugin::on_leaving() {
  {
    std::unique_lock hold(mutex_);
    if (leaving_ || stopping_) return true;
    if (!started_) return end_reason_ = "was asked to end", true;
    leaving_ = true;
    left_ = std::chrono::steady_clock::now();
    leave_call_ = begin_call(hold, Call::stop, [&](WireWriter& out) { out.number(std::int64_t{settings_.options.drain.count()}); });
  }
  static constexpr std::string_view kReason = "the plugin's process was asked to end; it finishes what it has and is started again";
  host_->credits(host_->ctx, 0, 0, {kReason.data(), kReason.size()});
  return true;
}

bool IsolatedPlugin::on_question(WireReader& in) {
  Question question;
  question.id = in.number<std::uint32_t>();
  question.what = static_cast<Ask>(in.number<std::uint32_t>());
  if (!in.ok()) return false;
  question.body = in.rest();
  {
    const std::scoped_lock hold(mutex_);
    question.run = run_;
  }
  std::unique_lock hold(questions_mutex_);
  if (!answerer_.joinable()) answerer_ = std::thread([this] { answer_questions(); });
  // A plugin that asks faster than the disk answers waits here with all it has to say.
  questions_changed_.wait(hold, [&] {
    const bool room = question_bytes_ == 0 || question_bytes_ + question.body.size() <= kMostQuestionBytes;
    return (questions_.size() < kMostQuestionsWaiting && room) || questions_end_;
  });
  question_bytes_ += question.body.size();
  questions_.push_back(std::move(question));
  questions_changed_.notify_all();
  return true;
}

void IsolatedPlugin::answer_questions() {
  std::unique_lock hold(questions_mutex_);
  for (;;) {
    questions_changed_.wait(hold, [this] { return questions_end_ || !questions_.empty(); });
    if (questions_end_) return;
    const Question question = std::move(questions_.front());
    questions_.pop_front();
    hold.unlock();
    auto [code, bytes] = answer_to(question);
    Chunk chunk;
    put_frame(chunk.bytes, Kind::given, [&](WireWriter& out) {
      out.number(question.id);
      out.number(code);
      out.text(bytes);
    });
    {
      std::unique_lock state(mutex_);
      if (alive_ && run_ == question.run) {
        push(state, std::move(chunk));
        flush(state);
      }
    }
    hold.lock();
    question_bytes_ -= question.body.size();
    questions_changed_.notify_all();
  }
}

std::pair<std::int64_t, std::string> IsolatedPlugin::answer_to(const Question& question) {
  constexpr std::int64_t kBad = MESSO_E_INVALID;
  WireReader in(question.body);
  if (question.what == Ask::read_attachment) {
    const messo_id attempt = in.id();
    const auto handle = in.number<std::uint64_t>(), offset = in.number<std::uint64_t>();
    const auto length = std::min(in.number<std::uint32_t>(), kMostRead);
    if (!in.complete()) return {kBad, {}};
    std::string bytes(length, '\0');
    const auto got = host_->read_attachment(host_->ctx, &attempt, handle, offset, bytes.data(), bytes.size());
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return {got, std::move(bytes)};
  }
  if (question.what == Ask::on_receipts) {
    ReadReceipts receipts;
    if (!receipts.read(in) || !in.complete()) return {kBad, {}};
    return {host_->on_receipts(host_->ctx, receipts.data(), receipts.size()), {}};
  }
  if (question.what == Ask::checkpoint) {
    const messo_id attempt = in.id();
    const auto bytes = in.str();
    if (!in.complete()) return {kBad, {}};
    return {host_->checkpoint(host_->ctx, &attempt, bytes), {}};
  }
  if (question.what == Ask::keep_as_sent) return {keep_as_sent(in), {}};
  return {kBad, {}};
}

// Pieces of one message follow each other; one that begins anew drops what a dead process left of another.
std::int64_t IsolatedPlugin::keep_as_sent(WireReader& in) {
  const messo_id attempt = in.id();
  const auto size = in.number<std::uint64_t>(), offset = in.number<std::uint64_t>();
  const auto piece = in.text();
  ReadReferences references;
  if (!in.ok() || !references.read(in) || !in.complete() || size > kMaxAsSent) return MESSO_E_INVALID;
  if (offset == 0) as_sent_ = {};
  if (offset != as_sent_.size() || piece.size() > size - offset) return MESSO_E_INVALID;
  as_sent_.reserve(size);
  as_sent_.append(piece);
  if (as_sent_.size() < size) return MESSO_OK;
  const std::string whole = std::exchange(as_sent_, {});
  return host_->keep_as_sent(host_->ctx, &attempt, {whole.data(), whole.size()}, references.data(), references.size());
}

}  // namespace messo
