#include "channel/isolation/plugin_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/time.hpp"
#include "channel/border_values.hpp"
#include "channel/isolation/plugin_calls.hpp"

namespace messo {

using namespace isolation;

namespace {

constexpr std::chrono::microseconds kSoon{500};
constexpr std::size_t kFullWrite = 64U << 10;  // bytes that are worth a write by themselves
constexpr std::size_t kMostUnsent = 4U << 20;  // bytes; who tells more waits until the hub has read them

std::int64_t unix_ms() { return to_unix_ms(SystemClock().now()); }

}  // namespace

PluginProcess::PluginProcess(int socket) : socket_(socket) {
  ::fcntl(socket_, F_SETFD, FD_CLOEXEC);  // not for programs the plugin starts
  fill_host();
}

// ---- to the hub ----

// Under load outcomes wait a moment for others, so that the hub is woken once for many of them; alone one goes out at once.
template <class F>
void PluginProcess::send(Kind kind, Urgency urgency, F&& body) {
  std::unique_lock hold(out_mutex_);
  out_room_.wait(hold, [this] { return out_.size() < kMostUnsent; });
  put_frame(out_, kind, std::forward<F>(body));
  if (writing_) return;
  if (urgency == Urgency::soon && out_.size() < kFullWrite && std::chrono::steady_clock::now() - written_ < kSoon) {
    if (!std::exchange(later_, true)) out_later_.notify_one();
    return;
  }
  write_out(hold);
}

void PluginProcess::write_later() {
  std::unique_lock hold(out_mutex_);
  for (;;) {
    out_later_.wait(hold, [this] { return later_; });
    out_later_.wait_until(hold, written_ + kSoon, [] { return false; });
    later_ = false;
    if (!writing_ && !out_.empty()) write_out(hold);
  }
}

// Who finds nobody writing writes, for the others too: many small frames become one write(2).
void PluginProcess::write_out(std::unique_lock<std::mutex>& hold) {
  writing_ = true;
  std::string bytes;
  while (!out_.empty()) {
    bytes.clear();
    bytes.swap(out_);
    hold.unlock();
    out_room_.notify_all();
    for (std::size_t sent = 0; sent < bytes.size();) {
      const ssize_t count = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) ::_exit(kWriteFailed);  // nobody listens any more
      sent += static_cast<std::size_t>(count);
    }
    hold.lock();
    written_ = std::chrono::steady_clock::now();
  }
  writing_ = false;
}

template <class F>
PluginProcess::Asked PluginProcess::ask(Ask what, F&& body) {
  Asked asked;
  std::uint32_t id = 0;
  {
    const std::scoped_lock hold(asked_mutex_);
    id = ++next_ask_;
    asked_.emplace(id, &asked);
  }
  send(Kind::ask, Urgency::now, [&](WireWriter& out) {
    out.number(id);
    out.number(static_cast<std::uint32_t>(what));
    body(out);
  });
  std::unique_lock hold(asked_mutex_);
  asked_changed_.wait(hold, [&] { return asked.done; });
  return asked;
}

bool PluginProcess::take_given(WireReader in) {
  const auto id = in.number<std::uint32_t>();
  const auto code = in.number<std::int64_t>();
  const auto bytes = in.text();
  if (!in.complete()) return false;
  {
    const std::scoped_lock hold(asked_mutex_);
    const auto at = asked_.find(id);
    if (at == asked_.end()) return false;
    *at->second = {true, code, std::string(bytes)};
    asked_.erase(at);
  }
  asked_changed_.notify_all();
  return true;
}

void PluginProcess::fill_host() {
  host_.struct_size = sizeof host_;
  host_.abi_minor = MESSO_ABI_MINOR;
  host_.ctx = this;
  host_.on_outcome = [](void* ctx, const messo_outcome* outcome) {
    auto& self = *static_cast<PluginProcess*>(ctx);
    if (outcome == nullptr) return;
    if (!MESSO_HAS(outcome, messo_outcome, reference_count)) {
      constexpr std::string_view kId = "plugin.short_outcome", kText = "an outcome too short to be one was ignored";
      return self.host_.log(ctx, MESSO_LOG_WARNING, {kId.data(), kId.size()}, {kText.data(), kText.size()});
    }
    self.send(Kind::outcome, Urgency::soon, [&](WireWriter& out) { put(out, *outcome); });
  };
  host_.credits = [](void* ctx, std::uint32_t messages, std::int64_t pause_until_ms, messo_str reason) {
    static_cast<PluginProcess*>(ctx)->send(Kind::credits, Urgency::now, [&](WireWriter& out) {
      out.number(messages);
      out.number(pause_until_ms);
      out.text(messo_str{reason.ptr, std::min(reason.len, kMaxText)});
    });
  };
  host_.read_attachment = [](void* ctx, const messo_id* attempt, std::uint64_t handle, std::uint64_t offset, void* into,
                             std::size_t length) -> std::int64_t {
    if (attempt == nullptr || (into == nullptr && length > 0)) return MESSO_E_NOT_FOUND;
    const auto most = static_cast<std::uint32_t>(std::min<std::size_t>(length, kMostRead));
    const auto asked = static_cast<PluginProcess*>(ctx)->ask(Ask::read_attachment, [&](WireWriter& out) {
      out.id(*attempt);
      out.number(handle), out.number(offset), out.number(most);
    });
    if (asked.code < 0) return asked.code;
    const std::size_t size = std::min(asked.bytes.size(), length);
    std::memcpy(into, asked.bytes.data(), size);
    return static_cast<std::int64_t>(size);
  };
  host_.on_receipts = [](void* ctx, const messo_receipt* const* receipts, std::size_t count) -> std::int32_t {
    if ((receipts == nullptr && count > 0) || count > kMostReceipts) return MESSO_E_INVALID;
    for (std::size_t i = 0; i < count; ++i) {
      if (receipts[i] == nullptr || !MESSO_HAS(receipts[i], messo_receipt, reference_count)) return MESSO_E_INVALID;
    }
    const auto asked = static_cast<PluginProcess*>(ctx)->ask(Ask::on_receipts, [&](WireWriter& out) {
      out.number(static_cast<std::uint32_t>(count));
      for (std::size_t i = 0; i < count; ++i) put(out, *receipts[i]);
    });
    return static_cast<std::int32_t>(asked.code);
  };
  host_.checkpoint = [](void* ctx, const messo_id* attempt, messo_str bytes) -> std::int32_t {
    if (attempt == nullptr) return MESSO_E_NOT_FOUND;
    if (bytes.len > kMaxText) return MESSO_E_INVALID;
    const auto asked = static_cast<PluginProcess*>(ctx)->ask(Ask::checkpoint, [&](WireWriter& out) {
      out.id(*attempt);
      out.text(bytes);
    });
    return static_cast<std::int32_t>(asked.code);
  };
  host_.keep_as_sent = [](void* ctx, const messo_id* attempt, messo_str bytes, const messo_reference* const* references,
                          std::size_t count) -> std::int32_t {
    if (attempt == nullptr) return MESSO_E_NOT_FOUND;
    return static_cast<PluginProcess*>(ctx)->keep_as_sent(*attempt, bytes, references, count);
  };
  host_.log = [](void* ctx, std::uint32_t level, messo_str id, messo_str text) {
    static_cast<PluginProcess*>(ctx)->send(Kind::log, Urgency::now, [&](WireWriter& out) {
      out.number(level);
      out.text(messo_str{id.ptr, std::min<std::size_t>(id.len, 1024)});
      out.text(messo_str{text.ptr, std::min<std::size_t>(text.len, 8192)});
    });
  };
  host_.now_ms = [](void*) { return unix_ms(); };
  host_.steady_ms = [](void*) {
    return std::int64_t{std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch()).count()};
  };
  host_.extension = [](void*, const char*) -> const void* { return nullptr; };
}

std::int32_t PluginProcess::keep_as_sent(const messo_id& attempt, messo_str bytes, const messo_reference* const* references,
                                         std::size_t count) {
  // What the wire would cut or leave out must not pass for what the plugin said.
  const auto all = read_all_references(references, count);
  const bool no_bytes = bytes.len == 0 && (!all || all->empty());  // references alone may do: the hub knows the channel
  if (!all || no_bytes || (bytes.ptr == nullptr && bytes.len > 0) || bytes.len > kMaxAsSent) return MESSO_E_INVALID;
  const std::scoped_lock turn(as_sent_turn_);
  for (std::size_t offset = 0;;) {
    const std::size_t size = std::min(bytes.len - offset, kAsSentPiece);
    const bool last = offset + size == bytes.len;
    const auto asked = ask(Ask::keep_as_sent, [&](WireWriter& out) {
      out.id(attempt);
      out.number(std::uint64_t{bytes.len}), out.number(std::uint64_t{offset});
      out.text(messo_str{bytes.ptr + offset, size});
      put(out, last ? references : nullptr, last ? count : 0);
    });
    if (last || asked.code != MESSO_OK) return static_cast<std::int32_t>(asked.code);
    offset += size;
  }
}

// ---- from the hub ----

void PluginProcess::run() {
  std::thread([this] { listen_to_signals(); }).detach();
  std::thread([this] { write_later(); }).detach();
  std::thread([this] { calls_.work(*this); }).detach();
  FrameReader reader;
  for (;;) {
    const auto room = reader.room();
    const ssize_t got = ::recv(socket_, room.data(), room.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    // Without the hub there is nobody to answer to: threads of the plugin end with the process.
    if (got <= 0) ::_exit(kHubGone);
    reader.came(static_cast<std::size_t>(got));
    while (const auto frame = reader.next()) {
      if (!handle(*frame)) ::_exit(kHubNonsense);
    }
    if (reader.broken()) ::_exit(kHubNonsense);
  }
}

bool PluginProcess::handle(const Frame& frame) {
  switch (frame.kind) {
    case Kind::hello: return greet(WireReader(frame.body));
    case Kind::given: return take_given(WireReader(frame.body));
    case Kind::ping: return send(Kind::pong, Urgency::now, [](WireWriter&) {}), true;
    case Kind::submit: return calls_.push({frame.kind, std::string(frame.body)}), true;
    case Kind::call: {
      WireReader in(frame.body);
      in.number<std::uint32_t>();
      const auto what = static_cast<Call>(in.number<std::uint32_t>());
      if (!in.ok()) return false;
      // Beside submit() and each other, as the hub calls them: it bounds how many there are.
      if (what == Call::mailboxes || what == Call::poll || what == Call::ack || what == Call::on_request) {
        std::thread([this, work = Work{frame.kind, std::string(frame.body)}] { this->work(work); }).detach();
      } else {
        calls_.push({frame.kind, std::string(frame.body)});
      }
      return true;
    }
    default: return false;
  }
}

bool PluginProcess::greet(WireReader in) {
  const auto protocol = in.number<std::uint32_t>();
  const std::string folder(in.text()), name(in.text());
  if (!in.complete()) return false;
  if (protocol != kProtocol) {
    problem_ = "messo-plugin-host is of another version than the daemon; install both from one package";
    return true;
  }
  auto plugin = PluginLibrary::open(folder, name);
  if (plugin) {
    plugin_ = std::move(*plugin);
  } else {
    problem_ = plugin.error().message;
  }
  return true;
}

void PluginProcess::Lane::push(Work work) {
  {
    const std::scoped_lock hold(mutex_);
    waiting_.push_back(std::move(work));
  }
  changed_.notify_one();
}

void PluginProcess::Lane::work(PluginProcess& process) {
  for (;;) {
    Work next;
    {
      std::unique_lock hold(mutex_);
      changed_.wait(hold, [this] { return !waiting_.empty(); });
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    process.work(next);
  }
}

void PluginProcess::work(const Work& work) {
  WireReader in(work.body);
  work.kind == Kind::submit ? submit(in) : call(in);
}

void PluginProcess::submit(WireReader in) {
  const auto number = in.number<std::uint64_t>();
  const auto count = in.number<std::uint32_t>();
  ReadMessages batch;
  if (!in.ok() || !batch.read(in, count) || !in.complete()) ::_exit(kHubNonsense);
  const std::int32_t code =
      running_ ? call_plugin([&] { return plugin_->table().submit(instance_, batch.data(), batch.size()); }) : std::int32_t{MESSO_E_BUSY};
  send(Kind::submitted, Urgency::soon, [&](WireWriter& out) {
    out.number(number);
    out.number(code);
  });
}

void PluginProcess::call(WireReader in) {
  const auto id = in.number<std::uint32_t>();
  const auto what = static_cast<Call>(in.number<std::uint32_t>());
  Reply reply;
  switch (what) {
    case Call::create: reply = create(in); break;
    case Call::start: reply = start(); break;
    case Call::stop: reply = stop(in); break;
    case Call::destroy:
      if (instance_ != nullptr) call_plugin([&] { return plugin_->table().destroy(std::exchange(instance_, nullptr)), MESSO_OK; });
      reply.code = MESSO_OK;
      break;
    default: reply = extension(what, in);
  }
  send(Kind::answer, Urgency::now, [&](WireWriter& out) {
    out.number(id);
    out.number(reply.code);
    out.raw(reply.body);
  });
}

// A wish to end goes to the hub, which stops the plugin in good order; the hub's own end closes the socket.
void PluginProcess::listen_to_signals() {
  sigset_t wishes;
  sigemptyset(&wishes);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&wishes, number);
  for (;;) {
    int number = 0;
    if (::sigwait(&wishes, &number) == 0) send(Kind::leaving, Urgency::now, [](WireWriter&) {});
  }
}

}  // namespace messo
