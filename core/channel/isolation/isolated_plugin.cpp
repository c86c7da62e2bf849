#include "channel/isolation/isolated_plugin.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace messo {

using namespace std::chrono_literals;
using namespace isolation;

namespace {

constexpr std::size_t kMostWaiting = 16U << 20;  // bytes not yet written: beyond, the hub is told busy
constexpr Millis kWatch{200};
constexpr Millis kEndsByItself{500};
constexpr int kSocketInChild = 3;

Steady steady_now() { return std::chrono::steady_clock::now(); }
messo_str as_str(std::string_view text) { return {text.data(), text.size()}; }
void fill_sentence(messo_buffer* buffer, std::string_view text) {
  if (buffer == nullptr || buffer->ptr == nullptr) return;
  buffer->len = std::min(text.size(), buffer->capacity);
  std::memcpy(buffer->ptr, text.data(), buffer->len);
}
std::string seconds(Millis time) { return std::to_string(std::max<std::int64_t>(1, (time.count() + 500) / 1000)) + " s"; }

}  // namespace

std::filesystem::path plugin_host_program() {
  std::error_code problem;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", problem);
  return self.parent_path() / "messo-plugin-host";
}

IsolatedPlugin::IsolatedPlugin(IsolatedSettings settings, std::string config_json, const messo_host* host)
    : settings_(std::move(settings)), config_(std::move(config_json)), host_(host), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  supervisor_ = std::thread([this] { supervise(); });
}

IsolatedPlugin::~IsolatedPlugin() {
  {
    const std::scoped_lock hold(mutex_);
    stopping_ = ending_ = true;
  }
  changed_.notify_all();
  wake();
  supervisor_.join();
  {
    const std::scoped_lock hold(questions_mutex_);
    questions_end_ = true;
  }
  questions_changed_.notify_all();
  if (answerer_.joinable()) answerer_.join();
  ::close(wake_);
}

void IsolatedPlugin::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

// ---- what the hub calls ----

std::int32_t IsolatedPlugin::create(messo_buffer* error) {
  Lock hold(mutex_);
  const bool ready = changed_.wait_for(hold, settings_.options.startup, [this] { return create_call_ == 0 && (alive_ || ending_); });
  if (ready && alive_ && last_problem_.empty()) return MESSO_OK;
  const std::string why = last_problem_.empty() ? "its process was not ready within " + seconds(settings_.options.startup) : last_problem_;
  fill_sentence(error, why);
  return MESSO_E_INVALID;
}

std::int32_t IsolatedPlugin::start(messo_buffer* error) {
  Answer answer = call(Call::start, settings_.options.startup, [](WireWriter&) {});
  WireReader in(answer.body);
  const auto text = in.text();
  if (answer.code == MESSO_OK) {
    const std::scoped_lock hold(mutex_);
    started_ = alive_;
    if (started_) return MESSO_OK;
    answer.code = MESSO_E_INTERNAL;
  }
  fill_sentence(error, text.empty() ? "its process ended while the plugin started" : text);
  return answer.code;
}

std::int32_t IsolatedPlugin::submit(const messo_message* const* batch, std::size_t count) {
  Lock hold(mutex_);
  if (!alive_ || stopping_ || leaving_ || !end_reason_.empty() || out_bytes_ > kMostWaiting) return MESSO_E_BUSY;
  const Steady now = steady_now();
  for (std::size_t from = 0; from < count;) {
    std::size_t size = size_of(*batch[from]), to = from + 1;
    Batch one{++next_batch_, now, false, {}};
    while (to < count && size + size_of(*batch[to]) <= kGoodFrame) size += size_of(*batch[to++]);
    Chunk chunk;
    chunk.batch = one.number;
    chunk.bytes.reserve(size + 64);
    put_frame(chunk.bytes, Kind::submit, [&](WireWriter& out) {
      out.number(one.number);
      out.number(static_cast<std::uint32_t>(to - from));
      for (std::size_t i = from; i < to; ++i) {
        isolation::put(out, *batch[i]);
        one.attempts.push_back(batch[i]->attempt);
        in_hand_.insert(batch[i]->attempt);
      }
    });
    batches_.push_back(std::move(one));
    push(hold, std::move(chunk));
    from = to;
  }
  flush(hold);
  return MESSO_OK;
}

std::int32_t IsolatedPlugin::resume(const messo_message& message, messo_str checkpoint) {
  {
    const std::scoped_lock hold(mutex_);
    if (!alive_ || stopping_ || leaving_) return MESSO_E_BUSY;
    in_hand_.insert(message.attempt);
  }
  const auto answer = call(Call::resume, settings_.options.startup, [&](WireWriter& out) {
    isolation::put(out, message);
    out.text(checkpoint);
  });
  if (answer.code != MESSO_OK) {
    const std::scoped_lock hold(mutex_);
    in_hand_.erase(message.attempt);
  }
  return answer.code;
}

void IsolatedPlugin::stop(Millis drain) {
  {
    const std::scoped_lock hold(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  call(Call::stop, drain + 1s, [&](WireWriter& out) { out.number(std::int64_t{drain.count()}); });
  // Over its time it is being killed: what it held is told first.
  Lock hold(mutex_);
  changed_.wait_for(hold, 1s, [this] { return end_reason_.empty() || !alive_; });
}

std::uint32_t IsolatedPlugin::begin_call(Lock& hold, Call what, const std::function<void(WireWriter&)>& body) {
  const std::uint32_t id = ++next_call_ == 0 ? ++next_call_ : next_call_;
  Chunk chunk;
  put_frame(chunk.bytes, Kind::call, [&](WireWriter& out) {
    out.number(id);
    out.number(static_cast<std::uint32_t>(what));
    body(out);
  });
  push(hold, std::move(chunk));
  flush(hold);
  return id;
}

IsolatedPlugin::Answer IsolatedPlugin::finish_call(Lock& hold, std::uint32_t id, Waiting& waiting, Millis limit) {
  if (changed_.wait_for(hold, limit, [&] { return waiting.done; })) return std::move(waiting.answer);
  calls_.erase(id);
  // Whatever it does, it does not come back: nothing behind this call would ever be worked.
  if (end_reason_.empty()) end_reason_ = "did not return from a call in time";
  wake();
  return {};
}

void IsolatedPlugin::push(Lock&, Chunk chunk) {
  out_bytes_ += chunk.bytes.size();
  out_.push_back(std::move(chunk));
}

// Writes what the socket takes; the supervisor writes the rest when there is room.
void IsolatedPlugin::flush(Lock&) {
  while (!out_.empty() && socket_ >= 0) {
    Chunk& chunk = out_.front();
    const ssize_t sent = ::send(socket_, chunk.bytes.data() + chunk.sent, chunk.bytes.size() - chunk.sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return wake();  // full, or ended: the supervisor finds out which
    chunk.sent += static_cast<std::size_t>(sent);
    out_bytes_ -= static_cast<std::size_t>(sent);
    if (chunk.sent < chunk.bytes.size()) continue;
    if (chunk.batch != 0) {
      for (auto at = batches_.rbegin(); at != batches_.rend(); ++at) {
        if (at->number != chunk.batch) continue;
        at->sent = true;
        break;
      }
    }
    out_.pop_front();
  }
}

// ---- supervisor ----

void IsolatedPlugin::supervise() {
  for (;;) {
    std::string why = begin();
    if (why.empty()) why = serve();
    settle(why);
    if (!wait_to_start()) return;
  }
}

std::string IsolatedPlugin::begin() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return "has no socket: error " + std::to_string(errno);
  ChildOptions options;
  const auto program = settings_.options.host_program.empty() ? plugin_host_program() : settings_.options.host_program;
  options.command = {program.string(), settings_.plugin, settings_.provider};  // for ps(1) only
  options.environment = plain_environment();
  options.descriptors = {{ends[1], kSocketInChild}};
  options.memory_bytes = std::uint64_t{settings_.memory_mb} << 20;
  auto child = Child::start(options);
  ::close(ends[1]);
  if (!child) {
    ::close(ends[0]);
    return "could not be started: " + child.error().message;
  }
  child_ = std::move(*child);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  reader_ = {};
  began_ = heard_ = steady_now();
  pinged_ = false;
  settings_.figures->pid = child_.pid();

  Lock hold(mutex_);
  socket_ = ends[0];
  alive_ = true;
  ++run_;
  Chunk hello;
  put_frame(hello.bytes, Kind::hello, [&](WireWriter& out) {
    out.number(kProtocol);
    out.text(settings_.folder.string());
    out.text(settings_.plugin);
  });
  push(hold, std::move(hello));
  create_call_ = begin_call(hold, Call::create, [&](WireWriter& out) { out.text(config_); });
  if (started_) start_call_ = begin_call(hold, Call::start, [](WireWriter&) {});
  return {};
}

std::string IsolatedPlugin::serve() {
  for (;;) {
    pollfd waits[2] = {{socket_, POLLIN, 0}, {wake_, POLLIN, 0}};
    {
      const std::scoped_lock hold(mutex_);
      if (!end_reason_.empty()) return end_reason_;
      if (ending_ || (leaving_ && leave_call_ == 0)) return {};
      if (!out_.empty()) waits[0].events |= POLLOUT;
    }
    ::poll(waits, 2, static_cast<int>(kWatch.count()));
    if ((waits[1].revents & POLLIN) != 0) {
      std::uint64_t count = 0;
      [[maybe_unused]] const auto got = ::read(wake_, &count, sizeof count);
    }
    if ((waits[0].revents & POLLOUT) != 0) {
      Lock hold(mutex_);
      flush(hold);
    }
    std::string problem;
    if ((waits[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !receive(problem)) return problem;
    if (auto late = watch_time(); !late.empty()) return late;
  }
}

// False when it has ended or must end.
bool IsolatedPlugin::receive(std::string& problem) {
  for (int turns = 0; turns < 64; ++turns) {  // then somebody else's turn: writing, watching
    const auto room = reader_.room();
    const ssize_t got = ::recv(socket_, room.data(), room.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
    if (got <= 0) return problem = "ended", false;
    heard_ = steady_now();
    pinged_ = false;
    reader_.came(static_cast<std::size_t>(got));
    while (const auto frame = reader_.next()) {
      if (!handle(*frame)) return problem = "sent what no plugin sends", false;
    }
    if (reader_.broken()) return problem = "sent a frame over the bound", false;
    if (static_cast<std::size_t>(got) < room.size()) return true;  // that was all
  }
  return true;
}

std::string IsolatedPlugin::watch_time() {
  const Steady now = steady_now();
  const Millis hang = settings_.options.hang;
  Lock hold(mutex_);
  if ((create_call_ != 0 || start_call_ != 0) && now - began_ > settings_.options.startup) {
    return "was not ready within " + seconds(settings_.options.startup);
  }
  if (leave_call_ != 0 && now - left_ > settings_.options.drain + 1s) return "did not stop in time";
  if (!batches_.empty() && now - batches_.front().since > hang && create_call_ == 0 && start_call_ == 0) {
    return "has not taken messages for " + seconds(hang);
  }
  if (now - heard_ > hang) return "has not given a sign of life for " + seconds(hang);
  if (now - heard_ > hang / 3 && !pinged_) {
    pinged_ = true;
    Chunk ping;
    put_frame(ping.bytes, Kind::ping, [](WireWriter&) {});
    push(hold, std::move(ping));
    flush(hold);
  }
  return {};
}

void IsolatedPlugin::settle(std::string_view why) {
  std::string ended;
  if (child_.started()) {
    const bool by_itself = why == "ended" || why.empty();
    if (by_itself && socket_ >= 0) ::shutdown(socket_, SHUT_WR);
    if (by_itself) ended = child_.wait(kEndsByItself).value_or("");
    if (ended.empty()) ended = child_.end();
  }
  // What it managed to say before its end counts.
  std::string ignored;
  for (int turns = 0; turns < 1000 && why == "ended" && receive(ignored); ++turns) {
  }
  std::string reason(why == "ended" ? "ended with " + ended : std::string(why));
  std::vector<messo_id> unknown, untouched;
  bool again = false;
  Millis wait{0};
  {
    Lock hold(mutex_);
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    alive_ = false;
    settings_.figures->pid = 0;
    for (const Batch& batch : batches_) {
      for (const messo_id& attempt : batch.attempts) {
        if (!batch.sent && in_hand_.erase(attempt) > 0) untouched.push_back(attempt);
      }
    }
    unknown.assign(in_hand_.begin(), in_hand_.end());
    in_hand_.clear(), batches_.clear(), out_.clear();
    out_bytes_ = 0;
    const bool asked = leaving_ && why.empty();
    create_call_ = start_call_ = leave_call_ = 0;
    leaving_ = false;
    end_reason_.clear();
    again = started_ && !ending_ && !stopping_;
    if (again) {
      if (steady_now() - began_ > settings_.options.longest_wait) wait_ = Millis{0};
      wait_ = asked ? Millis{0} : std::clamp(wait_ * 2, settings_.options.first_wait, settings_.options.longest_wait);
      wait = wait_;
      ++settings_.figures->restarts;
    } else if (!started_) {
      if (last_problem_.empty()) last_problem_ = "its process " + (reason.empty() ? "ended" : reason);
      ending_ = true;
    }
  }
  if (again) {
    const std::string sentence = "the plugin's process " + (reason.empty() ? "was asked to end" : reason) + "; it is started again";
    host_->credits(host_->ctx, 0, host_->now_ms(host_->ctx) + wait.count(), as_str(sentence));
    const std::string line = "the process of a plugin " + (reason.empty() ? "was asked to end" : reason) + " with " +
                             std::to_string(unknown.size()) + " messages in its hands, which are in doubt now; it is started again in " +
                             std::to_string(wait.count()) + " ms. If it goes on, report it to the plugin's author";
    host_->log(host_->ctx, MESSO_LOG_WARNING, as_str("MSO-2530"), as_str(line));
  }
  tell(unknown, MESSO_UNKNOWN, "process_ended", "The channel ended before it said what became of the message.");
  tell(untouched, MESSO_TRY_LATER, "process_ended", "The channel ended before it got the message; it goes out later.");
  {
    const std::scoped_lock hold(mutex_);
    for (auto& [id, waiting] : calls_) waiting->done = true;
    calls_.clear();
  }
  changed_.notify_all();
}

void IsolatedPlugin::tell(const std::vector<messo_id>& attempts, std::uint32_t kind, std::string_view code, std::string_view text) {
  messo_outcome out{};
  out.struct_size = sizeof out;
  out.kind = kind;
  out.scope = MESSO_SCOPE_PROVIDER;
  out.flags = kind == MESSO_TRY_LATER ? static_cast<std::uint32_t>(MESSO_FLAG_THROTTLED) : 0U;
  out.retry_after_ms = -1;
  out.code = as_str(code);
  out.public_text = as_str(text);
  for (const messo_id& attempt : attempts) {
    out.attempt = attempt;
    host_->on_outcome(host_->ctx, &out);
  }
}

bool IsolatedPlugin::wait_to_start() {
  Lock hold(mutex_);
  changed_.wait_for(hold, wait_, [this] { return ending_ || stopping_; });
  changed_.wait(hold, [this] { return ending_ || (!stopping_ && started_); });
  return !ending_;
}

}  // namespace messo
