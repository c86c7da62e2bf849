#include "plugin_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

#include "channel/elf_symbols.hpp"
#include "extension_checks.hpp"
#include "plugin_under_test.hpp"
#include "support/wait_until.hpp"

namespace messo::conformance {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Notes = std::vector<std::string>;

std::string default_address(Channel channel) {
  switch (channel) {
    case Channel::sms: return "+393330000001";
    case Channel::push: return "device-token-of-the-conformance-check";
    case Channel::io: return "AAAAAA00A00A000A";
    case Channel::webhook: return "https://127.0.0.1:9/messo-plugin-check";
    case Channel::pec: return "prova@pec.comune.example.it";
    case Channel::email: return "prova@comune.example.it";
  }
  return "prova@comune.example.it";
}

void collect_secrets(const json& schema, const json& config, CheckHost& host) {
  const json properties = schema.value("properties", json::object());
  for (const auto& [name, inner] : properties.items()) {
    if (!config.contains(name)) continue;
    if (inner.value("x-secret", false) && config[name].is_string()) host.keep_private(config[name].get<std::string>());
    if (config[name].is_object()) collect_secrets(inner, config[name], host);
  }
}

class Run {
 public:
  explicit Run(const CheckOptions& options) : options_(options) {}

  std::vector<CheckResult> all() {
    if (!load()) return std::move(results_);
    schema();
    if (!configuration()) return std::move(results_);
    if (!starts()) return std::move(results_);
    if (!one_message()) return std::move(results_);
    full_batch();
    many_messages();
    odd_messages();
    attachment();
    too_late();
    concurrent();
    probe();
    extensions();
    stop_drains();
    stop_idle();
    two_instances();
    return std::move(results_);
  }

 private:
  // Notes of a check are what it found broken.
  template <class F>
  bool check(std::string id, std::string rule, F&& body) {
    CheckResult result{std::move(id), std::move(rule), Verdict::passed, {}};
    if (options_.begins) options_.begins(result.id);
    Notes broken;
    try {
      body(broken, result);
    } catch (const std::exception& e) {
      broken.push_back(fmt::format("an exception came across the border ({}): catch everything, as MESSO_EXPORT_CHANNEL does", e.what()));
    } catch (...) {
      broken.push_back("an exception came across the border: catch everything, as MESSO_EXPORT_CHANNEL does");
    }
    if (!broken.empty()) {
      result.verdict = Verdict::failed;
      result.notes = std::move(broken);
    }
    results_.push_back(std::move(result));
    return results_.back().verdict != Verdict::failed;
  }

  bool load() {
    return check("load", "the library is found, safe, and its descriptor complete", [&](Notes& broken, CheckResult& result) {
      auto opened =
          PluginLibrary::open(options_.plugin.parent_path().empty() ? "." : options_.plugin.parent_path(), options_.plugin.stem().string());
      if (!opened)
        return broken.push_back(opened.error().message + (opened.error().detail.empty() ? "" : " (" + opened.error().detail + ")"));
      library_ = *opened;
      const auto& plugin = library_->descriptor();
      result.notes.push_back(
          fmt::format("{} {}, batches of {} to {}", plugin.name, plugin.version, plugin.preferred_batch, plugin.max_batch));
      for (const std::string& symbol : exported_symbols(options_.plugin)) {
        if (symbol != MESSO_ENTRY_SYMBOL) {
          broken.push_back(
              fmt::format("it exports {} beside {}: link it with a version script or -fvisibility=hidden", symbol, MESSO_ENTRY_SYMBOL));
        }
      }
      check_extensions(broken);
    });
  }

  void check_extensions(Notes& broken) {
    const std::vector<std::string_view> without_table{"simulated/1", "concurrent/1"};
    const messo_channel& table = library_->table();
    for (const std::string& id : library_->descriptor().extensions) {
      if (std::ranges::find(without_table, id) != without_table.end()) continue;
      const bool has = MESSO_HAS(&table, messo_channel, extension) && table.extension != nullptr && table.extension(id.c_str()) != nullptr;
      if (!has) broken.push_back(fmt::format("it lists the extension {} but gives no table for it", id));
    }
    if (MESSO_HAS(&table, messo_channel, extension) && table.extension != nullptr && table.extension("no_such_extension/9") != nullptr) {
      broken.push_back("it gives a table for an extension it cannot know");
    }
  }

  void schema() {
    check("schema", "every setting is described, and what looks like a secret is marked x-secret",
          [&](Notes& broken, CheckResult&) { check_described(library_->descriptor().schema.tree(), "", broken); });
  }
  static void check_described(const json& schema, const std::string& at, Notes& broken) {
    const json properties = schema.value("properties", json::object());
    for (const auto& [name, inner] : properties.items()) {
      const std::string here = at + "/" + name;
      if (!inner.contains("description")) broken.push_back(here + " has no description");
      const bool sounds = name.find("password") != std::string::npos || name.find("secret") != std::string::npos || name.ends_with("token");
      if (sounds && inner.value("type", "") == "string" && !inner.value("x-secret", false))
        broken.push_back(here + " sounds like a secret: mark it \"x-secret\": true");
      check_described(inner, here, broken);
    }
  }

  bool configuration() {
    const bool fine = check("config.valid", "the given configuration passes the schema", [&](Notes& broken, CheckResult&) {
      auto checked = library_->descriptor().schema.check(options_.config);
      if (!checked) return broken.push_back(checked.error().message);
      config_ = std::move(*checked);
    });
    check("config.refused", "create() refuses what is no configuration with a sentence, instead of crashing",
          [&](Notes& broken, CheckResult&) {
            for (const std::string_view text : {"not json", "[]", ""}) refuse(text, broken);
          });
    return fine;
  }
  void refuse(std::string_view text, Notes& broken) {
    char room[256];
    std::memset(room, '#', sizeof room);
    messo_buffer why{room, sizeof room - 1, 0};
    CheckHost& host = immortal_host();
    messo_instance* made = library_->table().create({text.data(), text.size()}, host.raw(), &why);
    if (made != nullptr) broken.push_back(fmt::format("it made an instance of \"{}\"", text));
    if (made == nullptr && why.len == 0) broken.push_back(fmt::format("it refused \"{}\" without saying why", text));
    if (why.len > why.capacity || room[sizeof room - 1] != '#') broken.push_back("it wrote beyond the room for its sentence");
  }

  std::unique_ptr<Instance> instance(Notes& broken) {
    auto out = std::make_unique<Instance>(library_->table(), config_.dump());
    if (!out->running()) {
      broken.push_back(out->problem());
      return nullptr;
    }
    collect_secrets(library_->descriptor().schema.tree(), config_, out->host());
    if (!out->host().wait_grant(options_.patience)) {
      broken.push_back("it granted no credits: call host->credits from start(), or once it is connected");
      return nullptr;
    }
    return out;
  }

  bool starts() {
    return check("start", "start() returns at once and credits are granted", [&](Notes& broken, CheckResult& result) {
      const auto one = instance(broken);
      if (one == nullptr) return;
      if (one->start_took() > 1s)
        broken.push_back(fmt::format("start() took {} ms: it must not wait for the network", one->start_took().count()));
      if (one->host().granted() == 0) broken.push_back("it granted 0 messages");
      if (one->host().paused()) broken.push_back("it asked to wait right away: " + one->host().pause_reason());
      result.notes.push_back(fmt::format("{} messages granted", one->host().granted()));
      finish(*one, broken);
    });
  }

  OutgoingMessage message() const {
    const Instant now = SystemClock().now();
    OutgoingMessage out;
    out.attempt = AttemptId::make(now);
    out.delivery = DeliveryId::make(now);
    out.organisation = OrganisationId::make(now);
    out.channel = library_->descriptor().channels.front();
    out.created = now;
    out.send_before = now + 1h;
    out.answer_by = now + std::chrono::duration_cast<Millis>(options_.patience);
    out.to = options_.to.empty() ? default_address(out.channel) : options_.to;
    out.to_name = "Chiara Prova";
    out.from = out.channel == Channel::email || out.channel == Channel::pec ? "ufficio@comune.example.it" : "";
    out.from_name = "Comune di Esempio";
    out.language = "it";
    out.meta_json = R"({"reference":"conformance","organisation":"comune","service":"prova"})";
    out.parts = {{"subject", "text/plain", "Prova dell'estensione — àèìòù"},
                 {"text", "text/plain", "Gentile Chiara,\nquesta è una prova.\n.\n..\nFrom un ufficio\n"},
                 {"html", "text/html", "<p>Gentile Chiara, questa è una prova.</p>"},
                 {"title", "text/plain", "Prova"},
                 {"body", "text/plain", "Questa è una prova."},
                 {"markdown", "text/markdown",
                  "Questa è una **prova**, abbastanza lunga da poter essere un messaggio che il cittadino legge davvero."}};
    return out;
  }
  std::vector<OutgoingMessage> messages(std::size_t count) const {
    std::vector<OutgoingMessage> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(message());
    return out;
  }

  std::size_t room(Instance& one) const { return std::min<std::size_t>(library_->descriptor().max_batch, one.host().granted()); }

  // Submits and waits for every outcome.
  void through(Instance& one, std::span<const OutgoingMessage> batch, Notes& broken) {
    const std::int32_t code = one.submit(batch);
    if (code == Instance::kNever) return broken.push_back("submit() had not returned after 10 s: copy the batch and return");
    if (code == Instance::kThrew)
      return broken.push_back("submit() threw an exception across the border: catch everything, as MESSO_EXPORT_CHANNEL does");
    if (code != MESSO_OK) return broken.push_back(fmt::format("submit() of {} messages within its grant returned {}", batch.size(), code));
    if (!one.host().wait_answers(options_.patience + 2s)) {
      broken.push_back(fmt::format("{} of {} messages got no outcome by their answer_by", one.host().unanswered(), batch.size()));
    }
  }
  // Stops it, if the check has not done so.
  void finish(Instance& one, Notes& broken) {
    if (one.left_behind()) return;
    if (!one.stop(5s)) return broken.push_back("stop(5 s) had not returned after 7 s");
    if (const auto left = one.host().unanswered(); left > 0)
      broken.push_back(fmt::format("{} attempts had no outcome when stop() returned", left));
    // Whoever still calls does it now: that something never happens can only be watched for a while.
    test::wait_until([&] { return one.host().violated(); }, 100ms);
    for (auto& sentence : one.host().take_violations()) broken.push_back(std::move(sentence));
    one.destroy();
  }
  static std::string summary(Instance& one) {
    std::map<std::string, int> kinds;
    for (const auto& [attempt, outcome] : one.host().outcomes()) ++kinds[fmt::format("{} ({})", to_string(outcome.kind), outcome.code)];
    std::string out;
    for (const auto& [kind, count] : kinds) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, kind);
    return out.empty() ? "no outcome" : out;
  }

  template <class F>
  bool with_instance(std::string id, std::string rule, F&& body) {
    return check(std::move(id), std::move(rule), [&](Notes& broken, CheckResult& result) {
      const auto one = instance(broken);
      if (one == nullptr) return;
      body(*one, broken, result);
      finish(*one, broken);
      result.notes.push_back(summary(*one));
    });
  }

  bool one_message() {
    return with_instance("submit.one", "a message gets exactly one outcome with a stable code and no personal data",
                         [&](Instance& one, Notes& broken, CheckResult&) { through(one, messages(1), broken); });
  }
  void full_batch() {
    with_instance("submit.batch", "a batch of the largest size gets exactly one outcome for each message",
                  [&](Instance& one, Notes& broken, CheckResult&) { through(one, messages(room(one)), broken); });
  }
  void many_messages() {
    with_instance("submit.many", "submit() returns at once, and many messages in a row are all answered",
                  [&](Instance& one, Notes& broken, CheckResult& result) {
                    std::chrono::milliseconds longest{0};
                    const auto begin = std::chrono::steady_clock::now();
                    for (std::size_t sent = 0; sent < options_.messages && broken.empty();) {
                      const auto batch = messages(std::min({library_->descriptor().preferred_batch, room(one), options_.messages - sent}));
                      if (batch.empty()) return broken.push_back("its grant fell to 0");
                      std::chrono::milliseconds took{0};
                      std::int32_t code = one.submit(batch, &took);
                      // The place of the last outcome may be free a moment after it.
                      test::wait_until([&] { return code != MESSO_E_BUSY || (code = one.submit(batch, &took)) != MESSO_E_BUSY; }, 1s);
                      if (code != MESSO_OK)
                        return broken.push_back(fmt::format("submit() returned {} although its grant was not used up", code));
                      longest = std::max(longest, took);
                      sent += batch.size();
                      if (!one.host().wait_answers(options_.patience + 2s))
                        broken.push_back(fmt::format("{} messages got no outcome", one.host().unanswered()));
                    }
                    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
                    if (longest > 1s)
                      broken.push_back(fmt::format("submit() kept the hub for {} ms: copy the batch and return", longest.count()));
                    result.notes.push_back(
                        fmt::format("{} messages in {:.2f} s, longest submit() {} ms", options_.messages, seconds, longest.count()));
                  });
  }

  void odd_messages() {
    with_instance("submit.odd", "odd but allowed messages are answered, not crashed upon", [&](Instance& one, Notes& broken, CheckResult&) {
      auto bare = message();
      bare.parts.clear(), bare.meta_json.clear(), bare.to_name.clear(), bare.from_name.clear(), bare.language.clear();
      auto odd = message();
      odd.to_name = "\"Rossi; Anna\" <x@y>\r\nBcc: z@example.it";
      odd.parts = {{"subject", "text/plain", ""}, {"unheard_of", "application/x-unknown", std::string(100'000, 'x')}};
      auto wrong = message();
      wrong.to = "this is no address <\r\n>";
      for (const auto& each : {bare, odd, wrong}) through(one, {&each, 1}, broken);
    });
  }

  void attachment() {
    with_instance("attachment", "attachments are read in pieces, only before the outcome",
                  [&](Instance& one, Notes& broken, CheckResult& result) {
                    const std::string bytes(200'000, '%');
                    one.host().attach(bytes);
                    auto with = message();
                    with.attachments = {{"avviso è.pdf", "application/pdf", bytes.size(), {}}};
                    through(one, {&with, 1}, broken);
                    result.notes.push_back(fmt::format("{} of {} bytes were read", one.host().attachment_bytes_read(), bytes.size()));
                  });
  }

  void too_late() {
    with_instance("send_before", "past its send_before a message is answered try_later, not sent",
                  [&](Instance& one, Notes& broken, CheckResult&) {
                    auto late = message();
                    late.send_before = SystemClock().now() - 1h;
                    through(one, {&late, 1}, broken);
                    for (const auto& [attempt, outcome] : one.host().outcomes()) {
                      if (outcome.kind != OutcomeKind::try_later)
                        broken.push_back(fmt::format("it answered {} ({})", to_string(outcome.kind), outcome.code));
                    }
                  });
  }

  void concurrent() {
    if (!library_->descriptor().has_extension("concurrent/1")) return;
    with_instance("concurrent", "submit() may be called by several threads at once, as it declares",
                  [&](Instance& one, Notes& broken, CheckResult&) {
                    std::vector<std::thread> threads;
                    for (std::size_t i = 0; i < std::min<std::size_t>(4, one.host().granted()); ++i) {
                      threads.emplace_back([&] {
                        const auto mine = messages(1);
                        one.submit(mine);
                      });
                    }
                    for (auto& thread : threads) thread.join();
                    if (!one.host().wait_answers(options_.patience + 2s)) broken.push_back("messages got no outcome");
                  });
  }

  void probe() {
    if (!library_->descriptor().has_extension("probe/1")) return;
    with_instance("probe", "probe() comes back in its time with a sentence", [&](Instance& one, Notes& broken, CheckResult& result) {
      const auto* table = static_cast<const messo_probe_v1*>(library_->table().extension("probe/1"));
      auto room = std::make_shared<std::array<char, 512>>();
      auto report = std::make_shared<messo_buffer>(messo_buffer{room->data(), room->size(), 0});
      if (!call_within(8s, "probe(5 s)", one, broken, [table, raw = one.raw(), room, report] { table->probe(raw, 5000, report.get()); }))
        return;
      if (report->len == 0 || report->len > report->capacity) return broken.push_back("its report is empty or longer than its room");
      result.notes.push_back("it says: " + std::string(room->data(), report->len));
    });
  }

  // Of what the plugin lists, table by table.
  template <class T, class M, class F>
  void extension(const char* name, M T::*member, const char* id, const char* rule, F&& body) {
    if (!library_->descriptor().has_extension(name)) return;
    with_instance(id, rule, [&](Instance& one, Notes& broken, CheckResult& result) {
      const auto* table = static_cast<const T*>(library_->table().extension(name));
      const auto reach = reinterpret_cast<const char*>(&(table->*member) + 1) - reinterpret_cast<const char*>(table);
      if (table->struct_size < static_cast<std::size_t>(reach) || table->*member == nullptr)
        return broken.push_back(fmt::format("its table of {} is too short: the hub acts as if there were none", name));
      ExtensionCheck of{one, options_, broken, result.notes};
      body(of, *table);
    });
  }
  void extensions() {
    extension("query/1", &messo_query_v1::query, "query", "questions about attempts in doubt are taken at once and answered truthfully",
              [&](ExtensionCheck& of, const messo_query_v1& table) {
                const auto sent = messages(1);
                through(of.one, sent, of.broken);
                check_query(of, table, sent.front().attempt, message().attempt);
              });
    extension("cancel/1", &messo_cancel_v1::cancel, "cancel", "taking back what it does not hold is no crash",
              [&](ExtensionCheck& of, const messo_cancel_v1& table) { check_cancel(of, table, message().attempt); });
    extension("measure/1", &messo_measure_v1::measure, "measure", "any message can be measured, at once, twice the same, and none is sent",
              [&](ExtensionCheck& of, const messo_measure_v1& table) {
                auto bare = message();
                bare.parts.clear();
                const auto whole = message();
                const auto first = check_measure(of, table, whole), second = check_measure(of, table, whole);
                if (first != second) of.broken.push_back("the same message has another size the second time");
                check_measure(of, table, bare);
                if (whole.channel == Channel::sms) check_segments(of, table, whole);
                if (!of.one.host().outcomes().empty()) of.broken.push_back("it gave an outcome of a message it was only to measure");
              });
    extension("resume/1", &messo_resume_v1::resume, "resume", "a checkpoint that is none is survived, and its attempt answered",
              [&](ExtensionCheck& of, const messo_resume_v1& table) {
                for (const auto& bytes : {std::string(), std::string("\xff\x00{", 3), std::string(65'536, 'x')})
                  check_resume(of, table, message(), bytes);
              });
    extension("balance/1", &messo_balance_v1::balance, "balance", "balance() comes back in its time with a balance, none, or a sentence",
              [&](ExtensionCheck& of, const messo_balance_v1& table) { check_balance(of, table); });
    using Poll = messo_receipts_poll_v1;
    extension("receipts.poll/1", &Poll::ack, "poll.mailboxes", "mailboxes have stable names of their own and need no network",
              [&](ExtensionCheck& of, const Poll& table) { check_mailboxes(of, table); });
    extension("receipts.poll/1", &Poll::ack, "poll",
              "mailboxes are read by cursor, nothing is marked, and any cursor, id or name is survived",
              [&](ExtensionCheck& of, const Poll& table) { check_poll(of, table); });
    if (options_.acknowledge) {
      extension("receipts.poll/1", &Poll::ack, "poll.ack", "what is acknowledged may be acknowledged again",
                [&](ExtensionCheck& of, const Poll& table) { check_ack(of, table); });
    }
    using Callback = messo_receipts_callback_v1;
    extension("receipts.callback/1", &Callback::on_request, "callback", "calls are checked before they are believed, whatever they bring",
              [&](ExtensionCheck& of, const Callback& table) { check_callback(of, table); });
    receipts_beside();
  }
  void receipts_beside() {
    const auto has = [&](const char* name) { return library_->descriptor().has_extension(name); };
    if (!has("receipts.poll/1") && !has("receipts.callback/1")) return;
    with_instance("receipts.beside", "polls and calls come while messages are submitted",
                  [&](Instance& one, Notes& broken, CheckResult& result) {
                    std::atomic<bool> ends{false};
                    Notes beside, figures;
                    ExtensionCheck of{one, options_, beside, figures};
                    std::thread other([&] {
                      while (!ends) call_beside(of);
                    });
                    for (int i = 0; i < 10 && broken.empty(); ++i) through(one, messages(std::min<std::size_t>(room(one), 10)), broken);
                    ends = true;
                    other.join();
                    broken.insert(broken.end(), beside.begin(), beside.end());
                    result.notes.insert(result.notes.end(), figures.begin(), figures.end());
                  });
  }

  void stop_drains() {
    with_instance("stop.drains", "stop() right after submit() leaves no attempt without an outcome and comes back in time",
                  [&](Instance& one, Notes& broken, CheckResult&) {
                    const auto batch = messages(room(one));
                    if (one.submit(batch) != MESSO_OK) broken.push_back("submit() within its grant was refused");
                  });
  }
  void stop_idle() {
    with_instance("stop.idle", "stop() of an idle instance comes back at once", [&](Instance& one, Notes& broken, CheckResult&) {
      const auto begin = std::chrono::steady_clock::now();
      if (!one.stop(0ms)) broken.push_back("stop(0) had not returned after 2 s");
      if (std::chrono::steady_clock::now() - begin > 1500ms) broken.push_back("stop(0) took over 1.5 s with nothing to do");
    });
  }
  void two_instances() {
    with_instance("instances", "two instances run side by side, as when a configuration is exchanged",
                  [&](Instance& one, Notes& broken, CheckResult&) {
                    const auto other = instance(broken);
                    if (other == nullptr) return;
                    through(*other, messages(1), broken);
                    finish(*other, broken);
                    through(one, messages(1), broken);
                  });
  }

  const CheckOptions& options_;
  std::shared_ptr<const PluginLibrary> library_;
  json config_;
  std::vector<CheckResult> results_;
};

}  // namespace

std::vector<CheckResult> check_plugin(const CheckOptions& options) { return Run(options).all(); }

}  // namespace messo::conformance
