#include "exec_channel.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "base/hash.hpp"
#include "config_schema_json.hpp"

namespace exec {

using namespace std::chrono_literals;
using namespace messo::plugin;
using nlohmann::json;

namespace {

constexpr std::chrono::milliseconds kFirstWait{500}, kLongestWait{60'000}, kRanWell{60'000};
constexpr std::chrono::milliseconds kTurn{200};
constexpr std::chrono::milliseconds kEndsByItself{1000}, kReaped{200};
constexpr unsigned kMostGarbage = 20;  // lines in a row that are no message

std::string seconds_of(std::chrono::milliseconds time) { return std::to_string(std::max<std::int64_t>(1, time.count() / 1000)) + " s"; }

// What a program says is shown to operators: one line, not too long.
std::string quoted(std::string text) {
  text.resize(std::min<std::size_t>(text.size(), 300));
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return text;
}

}  // namespace

ExecChannel::ExecChannel(std::string_view config_json, Host host)
    : Channel(host), settings_(Settings::from(config_json)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

ExecChannel::~ExecChannel() {
  if (thread_.joinable()) ExecChannel::stop(0ms);
  ::close(wake_);
}

About ExecChannel::about() {
  About about;
  about.name = "exec";
  about.version = "0.1.0";
  about.channels = {"pec", "email", "sms", "push", "io", "webhook"};
  about.config_schema_json = kConfigSchema;
  about.preferred_batch = 10;
  about.max_batch = 100;
  return about;
}

void ExecChannel::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

// ---- what the hub calls ----

void ExecChannel::start() {
  thread_ = std::thread([this] { supervise(); });
  std::unique_lock hold(mutex_);
  changed_.wait_for(hold, settings_.startup + 1s, [this] { return was_ready_ || phase_ == Phase::ended; });
  if (was_ready_) return;
  const std::string problem = problem_.empty() ? "command: the program was not ready in time" : problem_;
  hold.unlock();
  stop(0ms);
  throw ConfigError(problem);
}

bool ExecChannel::submit(Batch batch) {
  std::vector<messo_id> late;
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    if (phase_ != Phase::ready || stopping_) return false;
    const std::int64_t now = host().now_ms();
    for (const Message message : batch) {
      if (now >= message.send_before_ms()) {
        late.push_back(message.attempt());
        continue;
      }
      held_.emplace(message.attempt(), false);
      ask({Asked::submit, message.attempt(), {}}, "submit", message_json(message));
    }
  }
  wake();
  for (const messo_id& attempt : late) {
    host().outcome(attempt, try_later("exec.too_late", "The time to send this message passed before its turn came."));
  }
  return true;
}

void ExecChannel::stop(std::chrono::milliseconds drain) {
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    stopping_ = true;
    stop_by_ = Clock::now() + drain;
  }
  changed_.notify_all();
  wake();
  if (thread_.joinable()) thread_.join();
}

void ExecChannel::ask(Question question, std::string_view method, json params) {
  const std::uint64_t id = ++next_id_;
  const std::optional<messo_id> given = question.what == Asked::submit ? std::optional(question.attempt) : std::nullopt;
  asked_.emplace(id, std::move(question));
  lines_.push_back({request_line(id, method, std::move(params)), given, 0});
}

void ExecChannel::say(std::string line) {
  const std::lock_guard<std::mutex> hold(mutex_);
  lines_.push_back({std::move(line), {}, 0});
}

// ---- supervisor ----

void ExecChannel::supervise() {
  sigset_t pipes;
  sigemptyset(&pipes);
  sigaddset(&pipes, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipes, nullptr);
  do {
    settle(run_once());
  } while (wait_to_start());
}

std::string ExecChannel::run_once() {
  began_ = heard_ = Clock::now();
  garbage_ = 0;
  unread_ = false;
  if (auto problem = program_.start(settings_); !problem.empty()) return "could not be started: " + problem;
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    phase_ = Phase::describing;
    ask({Asked::describe, {}, {}}, "describe", {{"protocol", kProtocol}});
  }
  for (;;) {
    if (auto why = turn(); !why.empty()) return why;
  }
}

std::string ExecChannel::turn() {
  pollfd waits[3] = {{program_.output(), POLLIN, 0}, {wake_, POLLIN, 0}, {-1, POLLOUT, 0}};
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    if (stopping_) {
      if (phase_ != Phase::ready) return "stopped";
      if (!stop_asked_) {
        stop_asked_ = true;
        const auto left = std::chrono::duration_cast<Millis>(stop_by_ - Clock::now());
        ask({Asked::stop, {}, {}}, "stop", {{"drain_ms", std::max<std::int64_t>(left.count(), 0)}});
      }
      if ((stop_answered_ && held_.empty()) || Clock::now() >= stop_by_) return "stopped";
    }
    if (!lines_.empty()) waits[2].fd = program_.input();
  }
  ::poll(waits, 3, unread_ ? 0 : static_cast<int>(kTurn.count()));
  if ((waits[1].revents & POLLIN) != 0) {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wake_, &count, sizeof count);
  }
  if (waits[2].revents != 0) {
    const std::lock_guard<std::mutex> hold(mutex_);
    // Its end is found out by reading, after all it still said.
    if (!program_.write(lines_, [this](const messo_id& attempt) {
          if (const auto at = held_.find(attempt); at != held_.end()) at->second = true;
        })) {
      program_.close_input();
    }
  }
  if (waits[0].revents != 0 || unread_) {
    if (auto why = read_lines(); !why.empty()) return why;
  }
  return watch_time();
}

std::string ExecChannel::read_lines() {
  std::string line;
  unread_ = false;
  for (int lines = 0; lines < 1000; ++lines) {
    switch (program_.next(line)) {
      case Program::Got::nothing: return {};
      case Program::Got::ended: return "ended";
      case Program::Got::too_long: return "wrote a line over 64 MiB";
      case Program::Got::line: break;
    }
    heard_ = Clock::now();
    try {
      if (auto why = handle(line); !why.empty()) return why;
    } catch (const std::exception& e) {  // out of memory, or a line nobody thought of: the program's fault, not the hub's end
      return std::string("wrote a line that could not be worked: ") + e.what();
    }
  }
  unread_ = true;  // somebody else's turn; poll(2) knows nothing of what was read from the pipe already
  return {};
}

// What it says on its way out counts.
void ExecChannel::read_last_lines() {
  program_.close_input();
  const auto until = Clock::now() + kEndsByItself;
  while (Clock::now() < until) {
    pollfd wait{program_.output(), POLLIN, 0};
    const auto left = std::chrono::duration_cast<Millis>(until - Clock::now());
    const auto limit = unread_ ? 0 : static_cast<int>(std::max<std::int64_t>(left.count(), 1));
    if ((::poll(&wait, 1, limit) > 0 || unread_) && !read_lines().empty()) return;
  }
}

std::string ExecChannel::watch_time() {
  const auto now = Clock::now();
  const std::lock_guard<std::mutex> hold(mutex_);
  if (phase_ != Phase::ready) return now - began_ > settings_.startup ? "was not ready within " + seconds_of(settings_.startup) : "";
  const bool owes = !held_.empty() || !asked_.empty();
  if (owes && now - heard_ > settings_.silence)
    return "has said nothing for " + seconds_of(settings_.silence) + " although it owes an answer";
  if (!owes && now - heard_ > settings_.silence / 2) {
    ask({Asked::health, {}, {}}, "health", json::object());
    heard_ = now;
  }
  return {};
}

void ExecChannel::settle(std::string why) {
  const bool asked = why == "stopped";
  if (asked && program_.runs()) read_last_lines();
  const std::string how = program_.runs() ? program_.end(asked ? kReaped : why == "ended" ? kEndsByItself : 0ms) : std::string();
  if (why == "ended") why = "ended with " + how;
  std::vector<std::pair<messo_id, bool>> left;
  bool again = false;
  Millis wait{0};
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    left.assign(held_.begin(), held_.end());
    held_.clear(), lines_.clear(), asked_.clear(), owed_.clear(), questioned_.clear();
    again = was_ready_ && !stopping_;
    phase_ = again ? Phase::starting : Phase::ended;
    if (problem_.empty() || was_ready_) problem_ = "command: the program " + quoted(why);
    if (Clock::now() - began_ > kRanWell) wait_ = 0ms;
    wait = wait_ = std::clamp(wait_ * 2, kFirstWait, kLongestWait);
  }
  if (again) {
    host().credits(0, host().now_ms() + wait.count(), "the channel's program " + quoted(why) + "; it is started again");
    host().warning("exec.ended", "the program " + quoted(why) + " with " + std::to_string(left.size()) +
                                     " messages in its hands; it is started again in " + std::to_string(wait.count()) + " ms");
  }
  const Outcome given = given_back("exec.ended", "The channel ended before it got the message; it goes out later.");
  const Outcome lost = unknown("exec.ended", "The channel ended before it said what became of the message.").about(MESSO_SCOPE_PROVIDER);
  for (const auto& [attempt, written] : left) host().outcome(attempt, written ? lost : given);
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    for (auto& [id, reply] : waiting_) {
      reply->done = reply->ended = true;
      reply->problem = problem_;
    }
    waiting_.clear();
  }
  changed_.notify_all();
}

bool ExecChannel::wait_to_start() {
  std::unique_lock hold(mutex_);
  if (phase_ == Phase::ended) return false;
  return !changed_.wait_for(hold, wait_, [this] { return stopping_; });
}

// ---- what the program says ----

std::string ExecChannel::handle(const std::string& line) {
  if (line.find_first_not_of(" \t\r") == std::string::npos) return {};
  if (!within_bounds(line)) return "wrote a line with too many values, or too deep";
  const json message = json::parse(line, nullptr, false);
  if (!message.is_object() || text_of(message, "jsonrpc") != "2.0") {
    if (++garbage_ > kMostGarbage) return "writes what is not JSON-RPC";
    if (garbage_ == 1) host().warning("exec.garbage", "the program wrote a line that is not JSON-RPC 2.0; use standard error for notes");
    return {};
  }
  garbage_ = 0;
  if (message.contains("method")) return on_call(message), std::string();
  return on_answer(message);
}

std::string ExecChannel::on_answer(const json& message) {
  Question question;
  std::uint64_t id = 0;
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    const auto at = asked_.find(static_cast<std::uint64_t>(number_of(message, "id", 0)));
    if (at == asked_.end()) {
      host().warning("exec.foreign_answer", "the program answered a question that nobody asked, or twice; it is ignored");
      return {};
    }
    id = at->first;
    question = std::move(at->second);
    asked_.erase(at);
  }
  const auto error = message.find("error");
  const bool failed = error != message.end();
  const std::string why = failed && error->is_object() ? quoted(text_of(*error, "message")) : std::string();
  switch (question.what) {
    case Asked::describe: return failed ? "cannot describe itself: " + why : on_described(message.value("result", json()));
    case Asked::configure: {
      if (!failed) return on_configured(message.value("result", json()));
      const std::lock_guard<std::mutex> hold(mutex_);
      if (!was_ready_) problem_ = why.empty() ? "settings: the program refused them and did not say why" : why;
      return "refused its settings: " + why;
    }
    case Asked::submit: return on_submitted(question.attempt, message), std::string();
    case Asked::query: return on_queried(question.attempt, message), std::string();
    case Asked::waited: return on_waited(id, question, {true, failed, false, why, message.value("result", json())}), std::string();
    case Asked::stop: {
      const std::lock_guard<std::mutex> hold(mutex_);
      stop_answered_ = true;
      return {};
    }
    case Asked::health: return {};
  }
  return {};
}

std::string ExecChannel::on_described(const json& result) {
  std::string problem;
  const auto description = read_description(result, problem);
  if (description && description->schema.is_object()) problem = problem_of(description->schema, settings_.own);
  const std::lock_guard<std::mutex> hold(mutex_);
  if (!problem.empty()) {
    if (!was_ready_) problem_ = quoted(problem);
    return "does not fit: " + problem;
  }
  if (!description->unknown_extension.empty() && !was_ready_) {
    host().warning("exec.unknown_extension",
                   "the program lists the extension \"" + quoted(description->unknown_extension) +
                       "\", which this hub does not know; there are query/1, receipts.poll/1 and receipts.callback/1");
  }
  description_ = *description;
  phase_ = Phase::configuring;
  ask({Asked::configure, {}, {}}, "configure", {{"settings", settings_.own}});
  return {};
}

std::string ExecChannel::on_configured(const json& result) {
  std::int64_t credits = 0;
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    mailboxes_ = read_mailboxes(result);
    if (description_.polls && mailboxes_.empty()) {
      host().warning("exec.no_mailboxes", "the program lists receipts.poll/1 but named no `mailboxes` in its answer to `configure`");
    }
    credits = result.is_object() ? number_of(result, "credits", 0) : 0;
    if (credits <= 0) credits = description_.credits.value_or(settings_.credits);
    phase_ = Phase::ready;
    was_ready_ = true;
    problem_.clear();
  }
  host().credits(static_cast<std::uint32_t>(std::min<std::int64_t>(credits, 10'000)));
  changed_.notify_all();
  return {};
}

// Its answer is the outcome, or nothing yet; an error says that it has not touched the message.
void ExecChannel::on_submitted(const messo_id& attempt, const json& message) {
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    if (!held_.contains(attempt)) return;  // told by `outcome` before
  }
  if (message.contains("error")) {
    return answer(attempt, given_back("exec.not_taken", "The channel did not take the message; it goes out later."));
  }
  json result = message.value("result", json());
  if (!result.is_object() || !result.contains("kind")) return;
  result["attempt"] = to_string(attempt);
  if (const auto said = read_outcome(result)) answer(attempt, said->outcome);
}

void ExecChannel::on_call(const json& message) {
  const std::string method = text_of(message, "method");
  const json params = message.value("params", json::object());
  const json id = message.value("id", json());
  if (method == "outcome") {
    if (const auto said = read_outcome(params)) return answer(said->attempt, said->outcome);
    host().warning("exec.bad_outcome", "the program gave an outcome without a readable attempt; it is ignored");
  } else if (method == "receipt") {
    on_receipt(params, id);
  } else if (method == "read_attachment") {
    on_read(params, id);
  } else if (method == "credits") {
    on_credits(params);
  } else if (method == "log" && params.is_object()) {
    static constexpr std::pair<std::string_view, messo_log_level> kLevels[] = {
        {"debug", MESSO_LOG_DEBUG}, {"info", MESSO_LOG_INFO}, {"warning", MESSO_LOG_WARNING}, {"error", MESSO_LOG_ERROR}};
    messo_log_level level = MESSO_LOG_INFO;
    for (const auto& [name, value] : kLevels) {
      if (text_of(params, "level") == name) level = value;
    }
    host().log(level, "exec." + text_of(params, "id"), text_of(params, "text"));
  } else if (!id.is_null()) {
    say(error_line(id, kNoMethod, "there is no such method"));
  }
}

void ExecChannel::answer(const messo_id& attempt, const Outcome& outcome) {
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    held_.erase(attempt);  // not there: the hub knows whether it is late, a second one or foreign
  }
  host().outcome(attempt, outcome);
}

void ExecChannel::on_receipt(const json& params, const json& id) {
  std::string problem;
  const auto receipts = read_receipts(params, problem);
  if (!receipts) {
    host().warning("exec.bad_receipt", "the program gave a receipt that is none: " + problem);
    if (!id.is_null()) say(error_line(id, kInvalidParams, problem));
    return;
  }
  const bool durable = host().receipts(*receipts) == MESSO_OK;
  if (id.is_null()) return;
  say(durable ? result_line(id, json::object()) : error_line(id, kInternal, "the receipts could not be kept; give them again later"));
}

void ExecChannel::on_read(const json& params, const json& id) {
  if (id.is_null()) return;
  const auto attempt = params.is_object() ? parse_id(text_of(params, "attempt")) : std::nullopt;
  const auto handle = params.is_object() ? number_of(params, "handle", 0) : 0;
  const auto offset = params.is_object() ? number_of(params, "offset", 0) : 0;
  if (!attempt || handle <= 0 || offset < 0) return say(error_line(id, kInvalidParams, "attempt, handle and offset are needed"));
  std::string bytes(static_cast<std::size_t>(std::clamp<std::int64_t>(number_of(params, "length", kMaxRead), 0, kMaxRead)), '\0');
  const auto got =
      host().read_attachment(*attempt, static_cast<std::uint64_t>(handle), static_cast<std::uint64_t>(offset), bytes.data(), bytes.size());
  if (got < 0) return say(error_line(id, kInternal, "the attachment cannot be read; answer try_later"));
  bytes.resize(static_cast<std::size_t>(got));
  say(result_line(id, {{"data_base64", messo::to_base64(bytes)}}));
}

void ExecChannel::on_credits(const json& params) {
  if (!params.is_object()) return;
  const auto messages = std::clamp<std::int64_t>(number_of(params, "messages", settings_.credits), 0, 10'000);
  host().credits(static_cast<std::uint32_t>(messages), number_of(params, "pause_until_ms", 0), text_of(params, "reason"));
}

}  // namespace exec

MESSO_EXPORT_CHANNEL(exec::ExecChannel)
