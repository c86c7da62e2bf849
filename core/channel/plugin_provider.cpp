#include "channel/plugin_provider.hpp"

#include <fmt/format.h>

#include <array>
#include <condition_variable>
#include <deque>
#include <nlohmann/json.hpp>
#include <thread>

namespace messo {
namespace {

using namespace std::chrono_literals;
constexpr Millis kStopGrace = 2s;

// Room for a plugin's sentence.
class Sentence {
 public:
  messo_buffer* raw() { return &buffer_; }
  std::string_view bytes() const { return {room_.data(), std::min(buffer_.len, room_.size())}; }
  std::string text(std::string_view otherwise) const {
    const std::size_t length = std::min(buffer_.len, room_.size());
    return length == 0 ? std::string(otherwise) : clean_text({room_.data(), length}, length);
  }

 private:
  std::array<char, 1024> room_{};
  messo_buffer buffer_{room_.data(), room_.size(), 0};
};

// How far the thread that ends an instance has come; shared with it, because it may be left behind.
struct Ending {
  std::mutex mutex;
  std::condition_variable changed;
  bool stopped = false, muted = false, destroyed = false;

  void set(bool Ending::*what) {
    {
      const std::scoped_lock hold(mutex);
      this->*what = true;
    }
    changed.notify_all();
  }
  bool wait(bool Ending::*what, Millis limit) {
    std::unique_lock hold(mutex);
    return changed.wait_for(hold, limit, [&] { return this->*what; });
  }
  // Waits until the border is muted; destroying before could free what a call-back still uses.
  void wait_muted() {
    std::unique_lock hold(mutex);
    changed.wait(hold, [&] { return muted; });
  }
};

// The border forbids exceptions; a plugin that throws nevertheless must not end the hub.
template <class R, class F>
R call(R when_thrown, F&& body) noexcept {
  try {
    return body();
  } catch (...) {
    return when_thrown;
  }
}

// A thread of a stopped plugin may still call the hub, against its promise. The border it would call is muted; it is kept for as long as
// the instance is stuck, and for a good while of further changes otherwise.
void keep_muted(std::shared_ptr<PluginBorder> border, bool stuck) {
  struct Kept {
    std::vector<std::shared_ptr<PluginBorder>> stuck;
    std::deque<std::shared_ptr<PluginBorder>> ended;
  };
  static auto* const kept = new Guarded<Kept>;  // not destroyed: such threads may outlive main()
  kept->with([&](Kept& all) {
    if (stuck) return all.stuck.push_back(std::move(border));
    all.ended.push_back(std::move(border));
    if (all.ended.size() > 256) all.ended.pop_front();
  });
}

Result<std::string> whole_config(const Provider& settings, const PluginDescriptor& plugin) {
  auto config = join_config(settings.config_json, settings.secrets_json.reveal());
  if (!config) return fail(std::move(config.error()));
  auto checked = plugin.schema.check(std::move(*config));
  if (!checked) return fail(std::move(checked.error()));
  return checked->dump();
}

}  // namespace

Result<std::shared_ptr<PluginProvider>> PluginProvider::start(Provider settings, PluginPtr plugin, BorderParts parts,
                                                              const IsolationOptions& isolation) {
  const PluginDescriptor& descriptor = plugin->descriptor();
  auto config = whole_config(settings, descriptor);
  if (!config) return fail(std::move(config.error()));
  auto border = std::make_shared<PluginBorder>(settings, parts);
  Sentence why;
  const Live live = create(settings, *plugin, *config, border->host(), isolation, why.raw());
  if (live.instance == nullptr) {
    border->mute();
    return fail(ErrorKind::invalid, "provider_refused", why.text("the plugin refused the configuration and did not say why"));
  }
  const std::int32_t broken = MESSO_E_INTERNAL;
  if (const auto code = call(broken, [&] { return live.table->start(live.instance, why.raw()); }); code != MESSO_OK) {
    border->mute();
    call(0, [&] { return live.table->destroy(live.instance), 0; });
    keep_muted(std::move(border), false);
    return fail(code == MESSO_E_INVALID ? ErrorKind::invalid : ErrorKind::internal,
                code == MESSO_E_INVALID ? "provider_refused" : "provider_failed", why.text("the plugin did not start and did not say why"));
  }
  return std::shared_ptr<PluginProvider>(new PluginProvider(std::move(settings), std::move(plugin), std::move(border), live, parts.log));
}

PluginProvider::Live PluginProvider::create(const Provider& settings, const PluginLibrary& plugin, const std::string& config,
                                            const messo_host* host, const IsolationOptions& isolation, messo_buffer* why) {
  messo_instance* const nothing = nullptr;
  if (settings.isolation == Isolation::none) {
    const messo_channel& table = plugin.table();
    return {&table, call(nothing, [&] { return table.create({config.data(), config.size()}, host, why); }), nullptr};
  }
  const auto figures = std::make_shared<IsolationFigures>();
  IsolatedSettings isolated{plugin.folder(), settings.plugin, settings.key, settings.memory_mb, isolation, figures};
  return {&IsolatedPlugin::table(), call(nothing, [&] { return IsolatedPlugin::create(std::move(isolated), config, host, why); }), figures};
}

PluginProvider::PluginProvider(Provider settings, PluginPtr plugin, std::shared_ptr<PluginBorder> border, Live live, Log& log)
    : settings_(std::move(settings)),
      plugin_(std::move(plugin)),
      simulated_(plugin_->descriptor().has_extension("simulated/1")),
      border_(std::move(border)),
      live_(std::move(live)),
      log_(log) {
  query_ = extension("query/1", &messo_query_v1::query);
  balance_ = extension("balance/1", &messo_balance_v1::balance);
  const auto* poll = extension("receipts.poll/1", &messo_receipts_poll_v1::ack);
  if (poll != nullptr && (poll->mailboxes == nullptr || poll->poll == nullptr)) poll = nullptr;
  const auto* callback = extension("receipts.callback/1", &messo_receipts_callback_v1::on_request);
  if (poll != nullptr || callback != nullptr) receipts_ = std::make_shared<ReceiptCalls>(plugin_, border_, live_.instance, poll, callback);
}

PluginProvider::~PluginProvider() { stop(Millis{0}); }

Submitted PluginProvider::submit(std::span<const OutgoingMessage> batch) {
  if (batch.empty()) return Submitted::taken;
  // A question is over in a moment; a probe may take seconds, and the dispatcher has others to serve.
  const std::unique_lock hold(calls_, 5ms);
  if (!hold.owns_lock() || stopped_) return Submitted::busy;
  for (std::size_t from = 0; from < batch.size(); from += max_batch()) {
    const auto result = submit_checked(batch.subspan(from, std::min(max_batch(), batch.size() - from)));
    if (result == Submitted::taken) continue;
    if (from == 0) return result;
    // Part of it is out: the rest is told one by one.
    if (border_->admit(batch.subspan(from))) border_->fail_batch(batch.subspan(from));
    return Submitted::failed;
  }
  return Submitted::taken;
}

Submitted PluginProvider::submit_checked(std::span<const OutgoingMessage> batch) {
  if (!border_->admit(batch)) return Submitted::busy;
  const BorderBatch raw(batch);
  const std::int32_t broken = MESSO_E_INTERNAL;
  const auto code = call(broken, [&] { return live_.table->submit(live_.instance, raw.data(), raw.size()); });
  if (code == MESSO_OK) return Submitted::taken;
  if (code == MESSO_E_BUSY) return border_->take_back(batch) ? Submitted::busy : Submitted::failed;
  log_.error("MSO-2515",
             "a plugin failed while it took messages; those without an outcome are in doubt. Look for its own lines before this one",
             {{"provider", settings_.key}, {"code", std::to_string(code)}});
  border_->fail_batch(batch);
  return Submitted::failed;
}

void PluginProvider::stop(Millis limit) {
  if (stopped_.exchange(true)) return;
  border_->end_grants();
  if (receipts_ != nullptr) receipts_->refuse();
  // A call that is running returns first; one that never does takes the instance with it.
  if (const std::unique_lock hold(calls_, limit + kStopGrace); !hold.owns_lock()) {
    border_->mute();
    return leave_behind();
  }
  const auto ending = std::make_shared<Ending>();
  std::thread worker([ending, border = border_, live = live_, limit] {
    call(0, [&] { return live.table->stop(live.instance, limit.count()), 0; });
    ending->set(&Ending::stopped);
    ending->wait_muted();
    call(0, [&] { return live.table->destroy(live.instance), 0; });
    ending->set(&Ending::destroyed);
  });
  const bool in_time = ending->wait(&Ending::stopped, limit + kStopGrace);
  border_->mute();
  border_->abandon("stopped_unanswered", "The channel was stopped before it said what became of the message.");
  // A receipt call that is still inside keeps the instance.
  const bool idle = receipts_ == nullptr || receipts_->end(kStopGrace);
  if (idle) ending->set(&Ending::muted);
  if (in_time && idle && ending->wait(&Ending::destroyed, kStopGrace)) {
    worker.join();
    return keep_muted(border_, false);
  }
  worker.detach();
  leave_behind();
}

void PluginProvider::leave_behind() {
  border_->abandon("stopped_unanswered", "The channel was stopped before it said what became of the message.");
  keep_muted(border_, true);
  log_.error("MSO-2516",
             "a plugin did not stop in time and is left behind with its memory until the daemon restarts. Report it to its author",
             {{"provider", settings_.key}, {"plugin", settings_.plugin}});
}

ProviderFigures PluginProvider::figures() const {
  auto now = border_->figures();
  ProviderFigures out{now.granted, now.in_hand, now.pause_until, std::move(now.reason)};
  if (live_.process != nullptr) out.restarts = live_.process->restarts, out.process = live_.process->pid;
  return out;
}

template <class T, class M>
const T* PluginProvider::extension(const char* id, M T::*member) const {
  const messo_channel& table = *live_.table;
  if (!plugin_->descriptor().has_extension(id) || !MESSO_HAS(&table, messo_channel, extension) || table.extension == nullptr)
    return nullptr;
  const void* const nothing = nullptr;
  const auto* found = static_cast<const T*>(call(nothing, [&] { return table.extension(id); }));
  if (found == nullptr) return nullptr;
  const auto reach = reinterpret_cast<const char*>(&(found->*member) + 1) - reinterpret_cast<const char*>(found);
  return found->struct_size >= static_cast<std::size_t>(reach) && found->*member != nullptr ? found : nullptr;
}

Result<std::string> PluginProvider::probe(Millis limit) {
  const auto* probe = extension("probe/1", &messo_probe_v1::probe);
  if (probe == nullptr) {
    return fail(ErrorKind::not_found, "no_probe",
                fmt::format("the plugin \"{}\" cannot try its account without sending", settings_.plugin));
  }
  const std::scoped_lock hold(calls_);
  if (stopped_) return fail(ErrorKind::unavailable, "provider_stopped", "the provider is stopped");
  Sentence report;
  const std::int32_t broken = MESSO_E_INTERNAL;
  if (call(broken, [&] { return probe->probe(live_.instance, limit.count(), report.raw()); }) == MESSO_OK)
    return report.text("The provider answers.");
  return fail(ErrorKind::unavailable, "probe_failed", report.text("the provider does not answer"));
}

Result<Balance> PluginProvider::balance(Millis limit) {
  const auto none = [&] {
    return fail(ErrorKind::not_found, "no_balance", fmt::format("the provider \"{}\" cannot be asked what is left", settings_.key));
  };
  if (balance_ == nullptr) return none();
  const std::scoped_lock hold(calls_);
  if (stopped_) return fail(ErrorKind::unavailable, "provider_stopped", "the provider is stopped");
  Sentence said;
  const std::int32_t broken = MESSO_E_INTERNAL;
  const auto code = call(broken, [&] { return balance_->balance(live_.instance, limit.count(), said.raw()); });
  if (code == MESSO_OK) return read_balance(said.bytes());
  if (code == MESSO_E_NOT_FOUND) return none();
  return fail(ErrorKind::unavailable, "balance_failed", said.text("the provider does not say what is left"));
}

Result<MessageSize> PluginProvider::measure(const OutgoingMessage& message) {
  const auto* measure = extension("measure/1", &messo_measure_v1::measure);
  if (measure == nullptr)
    return fail(ErrorKind::not_found, "no_measure", fmt::format("the plugin \"{}\" does not say what a message costs", settings_.plugin));
  const BorderBatch raw({&message, 1});
  Sentence report;
  MessageSize size;
  const std::scoped_lock hold(calls_);
  if (stopped_) return fail(ErrorKind::unavailable, "provider_stopped", "the provider is stopped");
  const std::int32_t broken = MESSO_E_INTERNAL;
  const auto code = call(broken, [&] { return measure->measure(live_.instance, raw.data()[0], &size.units, report.raw()); });
  if (code == MESSO_E_BUSY) return fail(ErrorKind::unavailable, "provider_busy", "The provider is busy; ask again later.");
  if (code != MESSO_OK)
    return fail(ErrorKind::invalid, "not_measured", report.text("the plugin could not measure the message and did not say why"));
  size.sentence = report.text("");
  return size;
}

Status PluginProvider::query(AttemptId attempt, std::span<const Reference> references) {
  constexpr Millis kTurn = 200ms;
  if (query_ == nullptr) return ProviderPort::query(attempt, references);
  const std::unique_lock hold(calls_, kTurn);
  if (!hold.owns_lock() || stopped_) return fail(ErrorKind::unavailable, "provider_busy", "The provider is busy; ask again later.");
  const BorderReferences raw(references);
  const messo_id token = to_border(attempt);
  border_->expect(attempt);
  const std::int32_t broken = MESSO_E_INTERNAL;
  switch (call(broken, [&] { return query_->query(live_.instance, &token, raw.data(), raw.size()); })) {
    case MESSO_OK: return {};
    case MESSO_E_BUSY: return fail(ErrorKind::unavailable, "provider_busy", "The provider is busy; ask again later.");
    case MESSO_E_NOT_FOUND: return ProviderPort::query(attempt, references);
    default: return fail(ErrorKind::internal, "query_failed", "The plugin failed when it was asked about a message.");
  }
}

}  // namespace messo
