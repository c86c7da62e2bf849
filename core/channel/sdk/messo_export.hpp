// Part of messo_channel.hpp: from a C++ class to the C table. Every function here catches whatever the class throws.
#pragma once
#include <stdexcept>

#include "messo_channel.hpp"

namespace messo::plugin {

// Author's mistake or the administrator's: which field is wrong and what would be right.
class ConfigError : public std::exception {
 public:
  explicit ConfigError(std::string sentence) : sentence_(std::move(sentence)) {}
  const char* what() const noexcept override { return sentence_.c_str(); }

 private:
  std::string sentence_;
};

template <class T>
class Export {
  static_assert(std::is_base_of_v<Channel, T>, "derive from messo::plugin::Channel or BlockingChannel");

 public:
  static const messo_channel* table() noexcept {
    try {
      static const Export instance;
      return &instance.raw_;
    } catch (...) {
      return nullptr;
    }
  }

 private:
  Export() : about_(T::about()) {
    about_.channels.push_back(nullptr);
    list_extensions();
    raw_.struct_size = sizeof raw_;
    raw_.abi_minor = MESSO_ABI_MINOR;
    raw_.name = about_.name;
    raw_.version = about_.version;
    raw_.channels = about_.channels.data();
    raw_.extensions = extensions_.data();
    raw_.preferred_batch = about_.preferred_batch;
    raw_.max_batch = about_.max_batch;
    raw_.config_schema_json = about_.config_schema_json;
    raw_.create = &create;
    raw_.start = &start;
    raw_.submit = &submit;
    raw_.stop = &stop;
    raw_.destroy = &destroy;
    raw_.extension = &extension;
  }

  void list_extensions() {
    if (about_.simulated) extensions_.push_back("simulated/1");
    if (about_.concurrent) extensions_.push_back("concurrent/1");
    if (std::is_base_of_v<Probes, T>) extensions_.push_back("probe/1");
    if (std::is_base_of_v<Queries, T>) extensions_.push_back("query/1");
    if (std::is_base_of_v<Cancels, T>) extensions_.push_back("cancel/1");
    if (std::is_base_of_v<Resumes, T>) extensions_.push_back("resume/1");
    if (std::is_base_of_v<Measures, T>) extensions_.push_back("measure/1");
    if (std::is_base_of_v<TellsBalance, T>) extensions_.push_back("balance/1");
    if (std::is_base_of_v<PollsReceipts, T>) extensions_.push_back("receipts.poll/1");
    if (std::is_base_of_v<TakesReceiptCalls, T>) extensions_.push_back("receipts.callback/1");
    extensions_.push_back(nullptr);
  }

  static T* of(messo_instance* instance) { return reinterpret_cast<T*>(instance); }

  // Runs `body`; a throw becomes `code` and its text goes to the buffer.
  template <class F>
  static std::int32_t guarded(messo_buffer* error, F&& body) noexcept {
    try {
      return body();
    } catch (const ConfigError& e) {
      fill(error, e.what());
      return MESSO_E_INVALID;
    } catch (const std::exception& e) {
      fill(error, e.what());
    } catch (...) {
      fill(error, "an exception that is no std::exception");
    }
    return MESSO_E_INTERNAL;
  }

  static messo_instance* create(messo_str config_json, const messo_host* host, messo_buffer* error) noexcept {
    T* made = nullptr;
    // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): guarded() is its handler
    guarded(error, [&] { return made = new T(view(config_json), Host(host)), MESSO_OK; });
    return reinterpret_cast<messo_instance*>(made);
  }
  static std::int32_t start(messo_instance* instance, messo_buffer* error) noexcept {
    return guarded(error, [&] { return of(instance)->start(), MESSO_OK; });
  }
  static std::int32_t submit(messo_instance* instance, const messo_message* const* batch, std::size_t count) noexcept {
    return logged(instance, "plugin.submit_threw", [&] { return of(instance)->submit(Batch(batch, count)) ? MESSO_OK : MESSO_E_BUSY; });
  }
  static void stop(messo_instance* instance, std::int64_t drain_ms) noexcept {
    logged(instance, "plugin.stop_threw", [&] { return of(instance)->stop(std::chrono::milliseconds(drain_ms)), MESSO_OK; });
  }
  static void destroy(messo_instance* instance) noexcept {
    guarded(nullptr, [&] { return delete of(instance), MESSO_OK; });
  }
  template <class F>
  static std::int32_t logged(messo_instance* instance, std::string_view id, F&& body) noexcept {
    char text[512];
    messo_buffer buffer{text, sizeof text, 0};
    const std::int32_t code = guarded(&buffer, std::forward<F>(body));
    if (buffer.len > 0) of(instance)->host().error(id, std::string_view(text, buffer.len));
    return code;
  }

  // ---- extension tables ----
  static const void* extension(const char* id) noexcept {
    const std::string_view name = id == nullptr ? "" : id;
    if constexpr (std::is_base_of_v<Probes, T>) {
      static const messo_probe_v1 table{sizeof table, &probe};
      if (name == "probe/1") return &table;
    }
    if constexpr (std::is_base_of_v<Queries, T>) {
      static const messo_query_v1 table{sizeof table, &query};
      if (name == "query/1") return &table;
    }
    if constexpr (std::is_base_of_v<Cancels, T>) {
      static const messo_cancel_v1 table{sizeof table, &cancel};
      if (name == "cancel/1") return &table;
    }
    if constexpr (std::is_base_of_v<Resumes, T>) {
      static const messo_resume_v1 table{sizeof table, &resume};
      if (name == "resume/1") return &table;
    }
    if constexpr (std::is_base_of_v<Measures, T>) {
      static const messo_measure_v1 table{sizeof table, &measure};
      if (name == "measure/1") return &table;
    }
    if constexpr (std::is_base_of_v<TellsBalance, T>) {
      static const messo_balance_v1 table{sizeof table, &balance};
      if (name == "balance/1") return &table;
    }
    if constexpr (std::is_base_of_v<PollsReceipts, T>) {
      static const messo_receipts_poll_v1 table{sizeof table, 0, &mailboxes, &poll, &ack};
      if (name == "receipts.poll/1") return &table;
    }
    if constexpr (std::is_base_of_v<TakesReceiptCalls, T>) {
      static const messo_receipts_callback_v1 table{sizeof table, 0, &on_request};
      if (name == "receipts.callback/1") return &table;
    }
    return nullptr;
  }

  static std::int32_t probe(messo_instance* instance, std::int64_t timeout_ms, messo_buffer* report) noexcept {
    return guarded(report, [&] {
      const Probes::Report result = of(instance)->probe(std::chrono::milliseconds(timeout_ms));
      fill(report, result.sentence);
      return result.ok ? MESSO_OK : MESSO_E_IO;
    });
  }
  static std::int32_t query(messo_instance* instance, const messo_id* attempt, const messo_reference* const* references,
                            std::size_t count) noexcept {
    return logged(instance, "plugin.query_threw", [&] {
      std::vector<Reference> list;
      for (std::size_t i = 0; i < count; ++i) {
        list.push_back({std::string(view(references[i]->kind)), std::string(view(references[i]->value)), references[i]->part});
      }
      return of(instance)->query(*attempt, list);
    });
  }
  static std::int32_t cancel(messo_instance* instance, const messo_id* attempt) noexcept {
    return logged(instance, "plugin.cancel_threw", [&] { return of(instance)->cancel(*attempt); });
  }
  static std::int32_t resume(messo_instance* instance, const messo_message* message, messo_str checkpoint) noexcept {
    return logged(instance, "plugin.resume_threw", [&] { return of(instance)->resume(Message(message), view(checkpoint)); });
  }
  static std::int32_t measure(messo_instance* instance, const messo_message* message, std::uint64_t* units, messo_buffer* report) noexcept {
    return guarded(report, [&] {
      const Measures::Size size = of(instance)->measure(Message(message));
      *units = size.units;
      fill(report, size.sentence);
      return MESSO_OK;
    });
  }
  static std::int32_t balance(messo_instance* instance, std::int64_t timeout_ms, messo_buffer* json) noexcept {
    return guarded(json, [&] {
      const auto result = of(instance)->balance(std::chrono::milliseconds(timeout_ms));
      if (!result) return MESSO_E_NOT_FOUND;
      std::string text = "{\"text\":" + json_string(result->sentence);
      if (!result->amount.empty()) text += ",\"amount\":" + json_string(result->amount);
      if (!result->currency.empty()) text += ",\"currency\":" + json_string(result->currency);
      if (result->messages) text += ",\"messages\":" + std::to_string(*result->messages);
      text += '}';
      if (json == nullptr || text.size() > json->capacity)
        throw std::runtime_error("what is left on the account is told in too many words");
      fill(json, text);
      return MESSO_OK;
    });
  }
  static std::int32_t mailboxes(messo_instance* instance, const messo_mailbox_sink* sink, messo_buffer* error) noexcept {
    return guarded(error, [&] {
      for (const PollsReceipts::Mailbox& one : of(instance)->mailboxes()) sink->mailbox(sink->ctx, str(one.name), one.every.count());
      return MESSO_OK;
    });
  }
  static std::int32_t poll(messo_instance* instance, const messo_poll_request* request, const messo_poll_sink* sink,
                           messo_buffer* error) noexcept {
    return guarded(error, [&] {
      PollsReceipts::Request asked{
          view(request->mailbox), view(request->cursor), {}, request->limit, std::chrono::milliseconds(request->timeout_ms)};
      for (std::size_t i = 0; i < request->again_count; ++i) asked.again.push_back(view(request->again[i]));
      const PollsReceipts::Page page = of(instance)->poll(asked);
      for (const PollsReceipts::Item& one : page.items) {
        const RawReceipts receipts(one.receipts);
        const messo_poll_item item{sizeof(messo_poll_item),
                                   one.problem.empty() ? 0U : 1U,
                                   str(one.id),
                                   str(one.code),
                                   str(one.problem),
                                   str(one.raw),
                                   receipts.data(),
                                   receipts.size()};
        if (sink->item(sink->ctx, &item) != MESSO_OK) throw std::runtime_error("more items than were asked for");
      }
      sink->done(sink->ctx, str(page.cursor), page.more ? 1 : 0);
      return MESSO_OK;
    });
  }
  static std::int32_t ack(messo_instance* instance, messo_str mailbox, const messo_str* ids, std::size_t count, std::int64_t timeout_ms,
                          messo_buffer* error) noexcept {
    return guarded(error, [&] {
      std::vector<std::string_view> list;
      for (std::size_t i = 0; i < count; ++i) list.push_back(view(ids[i]));
      of(instance)->ack(view(mailbox), list, std::chrono::milliseconds(timeout_ms));
      return MESSO_OK;
    });
  }
  static std::int32_t on_request(messo_instance* instance, const messo_http_request* request, const messo_callback_sink* sink,
                                 messo_buffer* error) noexcept {
    return guarded(error, [&] {
      const TakesReceiptCalls::Call call{view(request->method),       view(request->path), view(request->query),
                                         view(request->headers_json), view(request->body), view(request->client_address),
                                         view(request->url)};
      const TakesReceiptCalls::Answer answer = of(instance)->on_request(call);
      const RawReceipts receipts(answer.receipts);
      for (std::size_t i = 0; i < receipts.size(); ++i) {
        if (sink->receipt(sink->ctx, receipts.data()[i]) != MESSO_OK) throw std::runtime_error("the hub did not take a receipt");
      }
      sink->answer(sink->ctx, answer.status, str(answer.content_type), str(answer.body));
      return MESSO_OK;
    });
  }

  About about_;
  std::vector<const char*> extensions_;
  messo_channel raw_{};
};

}  // namespace messo::plugin

#define MESSO_EXPORT_CHANNEL(T)                                                                         \
  extern "C" __attribute__((visibility("default"))) const messo_channel* messo_channel_entry_v0(void) { \
    return messo::plugin::Export<T>::table();                                                           \
  }
