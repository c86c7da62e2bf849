// The C table in front of a plugin's process: what a library would export, each function a call across the border between processes.
#include <cstring>

#include "channel/isolation/isolated_plugin.hpp"

namespace messo {

using namespace std::chrono_literals;
using namespace isolation;

namespace {

constexpr Millis kDestroy{1000};

IsolatedPlugin* of(messo_instance* instance) { return reinterpret_cast<IsolatedPlugin*>(instance); }

// Of those that ask the provider within a time and are answered with a text.
template <Call What>
std::int32_t ask_provider(messo_instance* instance, std::int64_t timeout_ms, messo_buffer* room) {
  const Millis limit{timeout_ms};
  const auto answer = of(instance)->call_running(What, limit + 2s, limit, [&](WireWriter& out) { out.number(timeout_ms); });
  WireReader in(answer.body);
  fill_room(room, answer.body.empty() ? answer.why_none() : in.text());
  return answer.code;
}

std::int32_t query(messo_instance* instance, const messo_id* attempt, const messo_reference* const* references, std::size_t count) {
  const auto ask = [&](WireWriter& out) {
    out.id(*attempt);
    put(out, references, count);
  };
  return of(instance)->call_running(Call::query, of(instance)->quick(), Millis{0}, ask).code;
}

std::int32_t cancel(messo_instance* instance, const messo_id* attempt) {
  return of(instance)->call_running(Call::cancel, of(instance)->quick(), Millis{0}, [&](WireWriter& out) { out.id(*attempt); }).code;
}

std::int32_t resume(messo_instance* instance, const messo_message* message, messo_str checkpoint) {
  return of(instance)->resume(*message, checkpoint);
}

std::int32_t measure(messo_instance* instance, const messo_message* message, std::uint64_t* units, messo_buffer* report) {
  const auto answer =
      of(instance)->call_running(Call::measure, of(instance)->quick(), Millis{0}, [&](WireWriter& out) { put(out, *message); });
  WireReader in(answer.body);
  *units = in.number<std::uint64_t>();
  fill_room(report, in.text());
  return answer.code;
}

const void* extension(const char* id) {
  static constexpr messo_probe_v1 kProbe{sizeof kProbe, &ask_provider<Call::probe>};
  static constexpr messo_query_v1 kQuery{sizeof kQuery, &query};
  static constexpr messo_cancel_v1 kCancel{sizeof kCancel, &cancel};
  static constexpr messo_resume_v1 kResume{sizeof kResume, &resume};
  static constexpr messo_measure_v1 kMeasure{sizeof kMeasure, &measure};
  static constexpr messo_balance_v1 kBalance{sizeof kBalance, &ask_provider<Call::balance>};
  const std::string_view name = id;
  if (name == "probe/1") return &kProbe;
  if (name == "query/1") return &kQuery;
  if (name == "cancel/1") return &kCancel;
  if (name == "resume/1") return &kResume;
  if (name == "measure/1") return &kMeasure;
  if (name == "balance/1") return &kBalance;
  if (name == "receipts.poll/1") return isolated_poll_table();
  if (name == "receipts.callback/1") return isolated_callback_table();
  return nullptr;
}

}  // namespace

void fill_room(messo_buffer* to, std::string_view text) {
  if (to == nullptr || to->ptr == nullptr) return;
  to->len = std::min(text.size(), to->capacity);
  std::memcpy(to->ptr, text.data(), to->len);
}

messo_instance* IsolatedPlugin::create(IsolatedSettings settings, std::string_view config_json, const messo_host* host,
                                       messo_buffer* error) {
  auto made = std::make_unique<IsolatedPlugin>(std::move(settings), std::string(config_json), host);
  return made->create(error) == MESSO_OK ? reinterpret_cast<messo_instance*>(made.release()) : nullptr;
}

const messo_channel& IsolatedPlugin::table() {
  static const messo_channel kTable = [] {
    messo_channel t{};
    t.struct_size = sizeof t;
    t.abi_minor = MESSO_ABI_MINOR;
    t.start = [](messo_instance* instance, messo_buffer* error) { return of(instance)->start(error); };
    t.submit = [](messo_instance* instance, const messo_message* const* batch, std::size_t count) {
      return of(instance)->submit(batch, count);
    };
    t.stop = [](messo_instance* instance, std::int64_t drain_ms) { of(instance)->stop(Millis{drain_ms}); };
    t.destroy = [](messo_instance* instance) {
      of(instance)->call(Call::destroy, kDestroy, [](WireWriter&) {});
      delete of(instance);
    };
    t.extension = &extension;
    return t;
  }();
  return kTable;
}

}  // namespace messo
