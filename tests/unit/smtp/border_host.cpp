#include "border_host.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace messo::test {

using plugin::str;
using plugin::to_string;
using plugin::view;

TestMessage numbered(unsigned number) {
  TestMessage message;
  for (auto* id : {&message.attempt, &message.delivery}) {
    id->bytes[0] = id == &message.attempt ? 0xa1 : 0xd1;
    id->bytes[12] = static_cast<std::uint8_t>(number >> 24);
    id->bytes[13] = static_cast<std::uint8_t>(number >> 16);
    id->bytes[14] = static_cast<std::uint8_t>(number >> 8);
    id->bytes[15] = static_cast<std::uint8_t>(number);
  }
  return message;
}

struct BorderHost::State {
  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::map<std::string, TestOutcome> outcomes;
  std::map<std::string, TestMessage> submitted;
  std::vector<TestGrant> grants;
  std::vector<std::string> lines;
  std::vector<std::string> violations;
  bool stopped = false;
  messo_host host{};
  const messo_channel* table = nullptr;
  messo_instance* instance = nullptr;

  static State& of(void* ctx) { return *static_cast<State*>(ctx); }

  void violated(const std::string& rule) { violations.push_back(rule); }

  void take(const messo_outcome& from) {
    const auto id = to_string(from.attempt);
    const std::scoped_lock hold(mutex);
    if (stopped) violated("an outcome after stop() returned");
    if (!submitted.contains(id)) violated("an outcome for an attempt never submitted");
    if (outcomes.contains(id)) violated("a second first outcome");
    TestOutcome out{from.kind,
                    from.scope,
                    (from.flags & MESSO_FLAG_THROTTLED) != 0,
                    from.retry_after_ms,
                    std::string(view(from.code)),
                    std::string(view(from.public_text)),
                    std::string(view(from.private_text)),
                    {}};
    for (std::size_t i = 0; i < from.reference_count; ++i)
      out.references.emplace_back(view(from.references[i]->kind), view(from.references[i]->value));
    outcomes[id] = std::move(out);
    changed.notify_all();
  }

  std::int64_t read(const messo_id& attempt, std::uint64_t handle, std::uint64_t offset, void* into, std::size_t length) {
    const std::scoped_lock hold(mutex);
    const auto found = submitted.find(to_string(attempt));
    if (found == submitted.end() || handle >= found->second.attachments.size()) return MESSO_E_NOT_FOUND;
    const auto& bytes = found->second.attachments[handle][2];
    if (bytes == "unreadable") return MESSO_E_IO;
    const auto count = std::min(length, bytes.size() - std::min<std::size_t>(offset, bytes.size()));
    std::copy_n(bytes.data() + offset, count, static_cast<char*>(into));
    return static_cast<std::int64_t>(count);
  }
};

const messo_channel& BorderHost::table(const std::string& plugin) {
  void* library = ::dlopen((std::string(MESSO_PLUGIN_FOLDER "/") + plugin + ".so").c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(::dlerror());
  const auto entry = reinterpret_cast<messo_entry_fn>(::dlsym(library, MESSO_ENTRY_SYMBOL));
  if (!entry) throw std::runtime_error("no entry symbol");
  return *entry();
}

BorderHost::BorderHost(const std::string& plugin, const nlohmann::json& config) : state_(std::make_unique<State>()) {
  auto& host = state_->host;
  host.struct_size = sizeof host;
  host.abi_minor = MESSO_ABI_MINOR;
  host.ctx = state_.get();
  host.on_outcome = [](void* ctx, const messo_outcome* outcome) { State::of(ctx).take(*outcome); };
  host.credits = [](void* ctx, std::uint32_t messages, std::int64_t pause, messo_str reason) {
    auto& state = State::of(ctx);
    const std::scoped_lock hold(state.mutex);
    state.grants.push_back({messages, pause, std::string(view(reason))});
    state.changed.notify_all();
  };
  host.read_attachment = [](void* ctx, const messo_id* attempt, std::uint64_t handle, std::uint64_t offset, void* into,
                            std::size_t length) { return State::of(ctx).read(*attempt, handle, offset, into, length); };
  host.on_receipts = [](void*, const messo_receipt* const*, std::size_t) -> std::int32_t { return MESSO_OK; };
  host.checkpoint = [](void*, const messo_id*, messo_str) -> std::int32_t { return MESSO_OK; };
  host.log = [](void* ctx, std::uint32_t, messo_str id, messo_str text) {
    auto& state = State::of(ctx);
    const std::scoped_lock hold(state.mutex);
    state.lines.push_back(std::string(view(id)) + ": " + std::string(view(text)));
  };
  host.now_ms = [](void*) -> std::int64_t {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  };
  host.steady_ms = [](void*) -> std::int64_t {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
  host.extension = [](void*, const char*) -> const void* { return nullptr; };

  state_->table = &table(plugin);
  std::string room(1024, '\0');
  messo_buffer error{room.data(), room.size(), 0};
  const auto text = config.dump();
  state_->instance = state_->table->create(str(text), &host, &error);
  if (!state_->instance) throw std::runtime_error(room.substr(0, error.len));
  if (state_->table->start(state_->instance, &error) != MESSO_OK) {
    state_->table->destroy(state_->instance);
    throw std::runtime_error(room.substr(0, error.len));
  }
}

BorderHost::~BorderHost() {
  stop();
  state_->table->destroy(state_->instance);
}

std::int32_t BorderHost::submit(const std::vector<TestMessage>& messages) {
  std::vector<messo_message> raw(messages.size());
  std::vector<std::vector<messo_part>> parts(messages.size());
  std::vector<std::vector<const messo_part*>> part_index(messages.size());
  std::vector<std::vector<messo_attachment>> files(messages.size());
  std::vector<std::vector<const messo_attachment*>> file_index(messages.size());
  std::vector<const messo_message*> index;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto& from = messages[i];
    for (const auto& [name, body] : from.parts) {
      static const std::string html = "text/html";
      static const std::string plain = "text/plain";
      parts[i].push_back({sizeof(messo_part), 0, str(name), str(name == "html" ? html : plain), str(body)});
    }
    for (std::size_t k = 0; k < from.attachments.size(); ++k)
      files[i].push_back(
          {sizeof(messo_attachment), 0, k, from.attachments[k][2].size(), str(from.attachments[k][0]), str(from.attachments[k][1])});
    for (const auto& part : parts[i]) part_index[i].push_back(&part);
    for (const auto& file : files[i]) file_index[i].push_back(&file);
    auto& to = raw[i];
    to.struct_size = sizeof to;
    to.priority = from.priority;
    to.attempt = from.attempt;
    to.delivery = from.delivery;
    to.attempt_number = 1;
    to.created_ms = 1'780'000'000'000;
    to.send_before_ms = from.send_before_ms;
    to.answer_by_ms = from.answer_by_ms;
    to.channel = str(from.channel), to.to = str(from.to), to.to_name = str(from.to_name), to.from = str(from.from);
    to.from_name = str(from.from_name), to.reply_to = str(from.reply_to), to.language = str(from.language), to.meta_json = str(from.meta);
    to.parts = part_index[i].data(), to.part_count = part_index[i].size();
    to.attachments = file_index[i].data(), to.attachment_count = file_index[i].size();
    index.push_back(&to);
    const std::scoped_lock hold(state_->mutex);
    state_->submitted[to_string(from.attempt)] = from;
  }
  const auto code = state_->table->submit(state_->instance, index.data(), index.size());
  if (code == MESSO_E_BUSY) {
    const std::scoped_lock hold(state_->mutex);
    for (const auto& message : messages) state_->submitted.erase(to_string(message.attempt));
  }
  return code;
}

TestOutcome BorderHost::outcome(const messo_id& attempt) {
  std::unique_lock hold(state_->mutex);
  const auto id = to_string(attempt);
  if (!state_->changed.wait_for(hold, std::chrono::seconds(10), [&] { return state_->outcomes.contains(id); }))
    throw std::runtime_error("no outcome");
  return state_->outcomes.at(id);
}

TestOutcome BorderHost::send(const TestMessage& message) {
  if (submit({message}) != MESSO_OK) throw std::runtime_error("busy");
  return outcome(message.attempt);
}

bool BorderHost::has_outcome(const messo_id& attempt) const {
  const std::scoped_lock hold(state_->mutex);
  return state_->outcomes.contains(to_string(attempt));
}

bool BorderHost::wait_for(std::size_t outcomes, std::chrono::seconds limit) const {
  std::unique_lock hold(state_->mutex);
  return state_->changed.wait_for(hold, limit, [&] { return state_->outcomes.size() >= outcomes; });
}

std::map<std::string, unsigned> BorderHost::kinds() const {
  const std::scoped_lock hold(state_->mutex);
  std::map<std::string, unsigned> out;
  for (const auto& [id, outcome] : state_->outcomes) ++out[outcome.code];
  return out;
}

void BorderHost::stop(std::int64_t drain_ms) {
  {
    const std::scoped_lock hold(state_->mutex);
    if (state_->stopped) return;
  }
  state_->table->stop(state_->instance, drain_ms);
  const std::scoped_lock hold(state_->mutex);
  state_->stopped = true;
  if (state_->outcomes.size() != state_->submitted.size()) state_->violated("stop() returned with attempts that have no outcome");
}

std::pair<std::int32_t, std::string> BorderHost::probe() {
  const auto* extension = static_cast<const messo_probe_v1*>(state_->table->extension("probe/1"));
  std::string room(1024, '\0');
  messo_buffer report{room.data(), room.size(), 0};
  const auto code = extension->probe(state_->instance, 2000, &report);
  return {code, room.substr(0, report.len)};
}

std::vector<TestGrant> BorderHost::grants() const {
  const std::scoped_lock hold(state_->mutex);
  return state_->grants;
}
std::vector<std::string> BorderHost::log() const {
  const std::scoped_lock hold(state_->mutex);
  return state_->lines;
}
std::vector<std::string> BorderHost::violations() const {
  const std::scoped_lock hold(state_->mutex);
  return state_->violations;
}

}  // namespace messo::test
