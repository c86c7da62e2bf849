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

namespace {

std::vector<plugin::Reference> copied(const messo_reference* const* references, std::size_t count) {
  std::vector<plugin::Reference> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back({std::string(view(references[i]->kind)), std::string(view(references[i]->value)), references[i]->part});
  return out;
}

plugin::Receipt copied(const messo_receipt& from) {
  plugin::Receipt out;
  out.kind = static_cast<messo_receipt_kind>(from.kind);
  out.milestone = static_cast<messo_milestone>(from.milestone);
  out.verification = static_cast<messo_verification>(from.verification);
  out.scope = static_cast<messo_scope>(from.scope);
  out.at_ms = from.at_ms;
  out.dedupe_key = view(from.dedupe_key), out.code = view(from.code), out.public_text = view(from.public_text), out.raw = view(from.raw);
  out.references = copied(from.references, from.reference_count);
  out.learned = copied(from.learned, from.learned_count);
  return out;
}

std::vector<plugin::Receipt> copied(const messo_receipt* const* receipts, std::size_t count) {
  std::vector<plugin::Receipt> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(copied(*receipts[i]));
  return out;
}

}  // namespace

struct BorderHost::State {
  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::map<std::string, TestOutcome> outcomes;
  std::map<std::string, TestMessage> submitted;
  std::vector<TestGrant> grants;
  std::vector<TestKept> kept;
  std::function<bool(const TestKept&)> watch;
  std::vector<plugin::Receipt> receipts;
  std::function<std::int32_t(const std::vector<plugin::Receipt>&)> watch_receipts;
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

  std::int32_t take_receipts(std::vector<plugin::Receipt> some) {
    std::function<std::int32_t(const std::vector<plugin::Receipt>&)> asked;
    {
      const std::scoped_lock hold(mutex);
      if (stopped) violated("receipts after stop() returned");
      for (const auto& one : some)
        if (one.dedupe_key.empty() || one.dedupe_key.size() > 1024) violated("a receipt without a dedupe key of 1 to 1024 bytes");
      asked = watch_receipts;
    }
    const auto code = asked ? asked(some) : std::int32_t{MESSO_OK};
    const std::scoped_lock hold(mutex);
    if (code == MESSO_OK) std::ranges::move(some, std::back_inserter(receipts));
    changed.notify_all();
    return code;
  }

  std::int32_t keep(TestKept one) {
    std::function<bool(const TestKept&)> asked;
    {
      const std::scoped_lock hold(mutex);
      const auto id = to_string(one.attempt);
      if (!submitted.contains(id) || outcomes.contains(id)) violated("keep_as_sent for an attempt that is not out");
      for (const auto& before : kept)
        if (to_string(before.attempt) == id && !one.bytes.empty()) violated("keep_as_sent twice for one attempt");
      asked = watch;
    }
    // Outside the lock: a test may look at other things meanwhile.
    if (asked && !asked(one)) return MESSO_E_IO;
    const std::scoped_lock hold(mutex);
    kept.push_back(std::move(one));
    return MESSO_OK;
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
  host.on_receipts = [](void* ctx, const messo_receipt* const* receipts, std::size_t count) -> std::int32_t {
    return State::of(ctx).take_receipts(copied(receipts, count));
  };
  host.checkpoint = [](void*, const messo_id*, messo_str) -> std::int32_t { return MESSO_OK; };
  host.keep_as_sent = [](void* ctx, const messo_id* attempt, messo_str bytes, const messo_reference* const* references,
                         std::size_t count) -> std::int32_t {
    TestKept one{*attempt, std::string(view(bytes)), {}};
    for (std::size_t i = 0; i < count; ++i) one.references.emplace_back(view(references[i]->kind), view(references[i]->value));
    return State::of(ctx).keep(std::move(one));
  };
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

std::vector<std::string> BorderHost::mailboxes() {
  const auto* extension = static_cast<const messo_receipts_poll_v1*>(state_->table->extension("receipts.poll/1"));
  std::vector<std::string> out;
  messo_mailbox_sink sink{sizeof(messo_mailbox_sink), 0, &out, [](void* ctx, messo_str name, std::int64_t) {
                            static_cast<std::vector<std::string>*>(ctx)->emplace_back(view(name));
                          }};
  messo_buffer error{};
  if (extension->mailboxes(state_->instance, &sink, &error) != MESSO_OK) throw std::runtime_error("mailboxes() failed");
  return out;
}

TestPage BorderHost::poll(const std::string& mailbox, const std::string& cursor, std::chrono::milliseconds timeout) {
  const auto* extension = static_cast<const messo_receipts_poll_v1*>(state_->table->extension("receipts.poll/1"));
  TestPage page;
  messo_poll_sink sink{};
  sink.struct_size = sizeof sink;
  sink.ctx = &page;
  sink.item = [](void* ctx, const messo_poll_item* from) -> std::int32_t {
    auto& to = static_cast<TestPage*>(ctx)->items.emplace_back();
    to.id = view(from->id), to.raw = view(from->raw);
    if (from->failed != 0) to.code = view(from->code), to.problem = view(from->problem);
    for (std::size_t i = 0; i < from->receipt_count; ++i) to.receipts.push_back(copied(*from->receipts[i]));
    return MESSO_OK;
  };
  sink.done = [](void* ctx, messo_str where, std::uint32_t more) {
    static_cast<TestPage*>(ctx)->cursor = view(where);
    static_cast<TestPage*>(ctx)->more = more != 0;
  };
  messo_poll_request request{};
  request.struct_size = sizeof request;
  request.limit = 100;
  request.mailbox = str(mailbox), request.cursor = str(cursor);
  request.timeout_ms = timeout.count();
  std::string room(1024, '\0');
  messo_buffer error{room.data(), room.size(), 0};
  page.code = extension->poll(state_->instance, &request, &sink, &error);
  page.error = room.substr(0, error.len);
  return page;
}

std::int32_t BorderHost::ack(const std::string& mailbox, const std::vector<std::string>& ids) {
  const auto* extension = static_cast<const messo_receipts_poll_v1*>(state_->table->extension("receipts.poll/1"));
  std::vector<messo_str> raw;
  for (const auto& id : ids) raw.push_back(str(id));
  messo_buffer error{};
  return extension->ack(state_->instance, str(mailbox), raw.data(), raw.size(), 5000, &error);
}

void BorderHost::on_keep(std::function<bool(const TestKept&)> watch) {
  const std::scoped_lock hold(state_->mutex);
  state_->watch = std::move(watch);
}
std::vector<TestKept> BorderHost::kept() const {
  const std::scoped_lock hold(state_->mutex);
  return state_->kept;
}

void BorderHost::on_receipts(std::function<std::int32_t(const std::vector<plugin::Receipt>&)> watch) {
  const std::scoped_lock hold(state_->mutex);
  state_->watch_receipts = std::move(watch);
}
std::vector<plugin::Receipt> BorderHost::receipts() const {
  const std::scoped_lock hold(state_->mutex);
  return state_->receipts;
}
bool BorderHost::wait_for_receipts(std::size_t count, std::chrono::seconds limit) const {
  std::unique_lock hold(state_->mutex);
  return state_->changed.wait_for(hold, limit, [&] { return state_->receipts.size() >= count; });
}

std::int32_t BorderHost::query(const messo_id& attempt, const std::vector<plugin::Reference>& references) {
  const auto* extension = static_cast<const messo_query_v1*>(state_->table->extension("query/1"));
  const auto id = to_string(attempt);
  std::map<std::string, TestOutcome>::node_type before;
  {
    // The answer comes as an outcome of the attempt.
    const std::scoped_lock hold(state_->mutex);
    before = state_->outcomes.extract(id);
    state_->submitted.try_emplace(id);
  }
  const plugin::RawReferences raw(references);
  const auto code = extension->query(state_->instance, &attempt, raw.data(), raw.size());
  if (code == MESSO_OK) return code;
  const std::scoped_lock hold(state_->mutex);
  if (before) {
    state_->outcomes.insert(std::move(before));
  } else {
    state_->submitted.erase(id);
  }
  return code;
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
