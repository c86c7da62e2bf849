// Polls and call-backs across the border between processes: the plugin fills a sink in its process, whose content comes back as one answer.
#include "channel/isolation/isolated_plugin.hpp"

namespace messo {

using namespace std::chrono_literals;
using namespace isolation;

namespace {

// Beyond the plugin's own limit: the hub has given the call up by then, and the process that hangs in it is ended.
constexpr Millis kLeniency{30'000};
// How long a process that is being started is waited for, where the call brings no limit of its own.
constexpr Millis kPatience{5'000};

IsolatedPlugin* receipts_of(messo_instance* instance) { return reinterpret_cast<IsolatedPlugin*>(instance); }

// The sentence of a call that failed, or why there is no answer.
std::int32_t failed(const IsolatedPlugin::Answer& answer, WireReader& in, messo_buffer* error) {
  const auto said = in.text();
  fill_room(error, answer.body.empty() ? answer.why_none() : said);
  return answer.code;
}

std::int32_t mailboxes(messo_instance* instance, const messo_mailbox_sink* sink, messo_buffer* error) {
  const auto answer = receipts_of(instance)->call_running(Call::mailboxes, kLeniency, kPatience, [](WireWriter&) {});
  WireReader in(answer.body);
  if (answer.code != MESSO_OK) return failed(answer, in, error);
  in.text();
  for (auto left = in.count(sizeof(std::uint32_t) + sizeof(std::int64_t)); left > 0; --left) {
    const auto name = in.str();
    const auto interval = in.number<std::int64_t>();
    if (in.ok()) sink->mailbox(sink->ctx, name, interval);
  }
  return in.complete() ? MESSO_OK : MESSO_E_INTERNAL;
}

std::int32_t poll(messo_instance* instance, const messo_poll_request* request, const messo_poll_sink* sink, messo_buffer* error) {
  const Millis limit{request->timeout_ms};
  const auto answer = receipts_of(instance)->call_running(Call::poll, limit + kLeniency, limit, [&](WireWriter& out) {
    out.number(request->limit);
    out.text(request->mailbox), out.text(request->cursor);
    out.number(static_cast<std::uint32_t>(request->again_count));
    for (std::size_t i = 0; i < request->again_count; ++i) out.text(request->again[i]);
    out.number(request->timeout_ms);
  });
  WireReader in(answer.body);
  if (answer.code != MESSO_OK) return failed(answer, in, error);
  in.text();
  const bool done = in.number<std::uint32_t>() != 0;
  const auto cursor = in.str();
  const auto more = in.number<std::uint32_t>();
  ReadItem item;
  for (auto left = in.count(sizeof(std::uint32_t)); left > 0; --left) {
    if (!item.read(in)) return MESSO_E_INTERNAL;
    // No room for it: the page as a whole would lie about where it ends.
    if (const auto code = sink->item(sink->ctx, &item.item()); code != MESSO_OK) return code;
  }
  if (!in.complete()) return MESSO_E_INTERNAL;
  if (done) sink->done(sink->ctx, cursor, more);
  return MESSO_OK;
}

std::int32_t ack(messo_instance* instance, messo_str mailbox, const messo_str* ids, std::size_t count, std::int64_t timeout_ms,
                 messo_buffer* error) {
  const Millis limit{timeout_ms};
  const auto answer = receipts_of(instance)->call_running(Call::ack, limit + kLeniency, limit, [&](WireWriter& out) {
    out.text(mailbox);
    out.number(static_cast<std::uint32_t>(count));
    for (std::size_t i = 0; i < count; ++i) out.text(ids[i]);
    out.number(timeout_ms);
  });
  WireReader in(answer.body);
  return answer.code != MESSO_OK ? failed(answer, in, error) : MESSO_OK;
}

std::int32_t on_request(messo_instance* instance, const messo_http_request* request, const messo_callback_sink* sink, messo_buffer* error) {
  const auto answer = receipts_of(instance)->call_running(Call::on_request, kLeniency, kPatience, [&](WireWriter& out) {
    for (const auto& text :
         {request->method, request->path, request->query, request->headers_json, request->body, request->client_address, request->url}) {
      out.text(text);
    }
  });
  WireReader in(answer.body);
  if (answer.code != MESSO_OK && answer.body.empty()) {  // nobody has read the call: the provider shall make it again
    static constexpr std::string_view kType = "text/plain; charset=utf-8", kBody = "The call cannot be taken at the moment; call again.\n";
    sink->answer(sink->ctx, 503, {kType.data(), kType.size()}, {kBody.data(), kBody.size()});
    return MESSO_OK;
  }
  if (answer.code != MESSO_OK) return failed(answer, in, error);
  in.text();
  ReadReceipts receipts;
  if (!receipts.read(in)) return MESSO_E_INTERNAL;
  const auto status = in.number<std::uint32_t>();
  const auto type = in.str(), body = in.str();
  if (!in.complete()) return MESSO_E_INTERNAL;
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    if (const auto code = sink->receipt(sink->ctx, receipts.data()[i]); code != MESSO_OK) return code;
  }
  if (status != 0) sink->answer(sink->ctx, status, type, body);
  return MESSO_OK;
}

}  // namespace

const messo_receipts_poll_v1* isolated_poll_table() {
  static constexpr messo_receipts_poll_v1 kTable{sizeof kTable, 0, &mailboxes, &poll, &ack};
  return &kTable;
}

const messo_receipts_callback_v1* isolated_callback_table() {
  static constexpr messo_receipts_callback_v1 kTable{sizeof kTable, 0, &on_request};
  return &kTable;
}

}  // namespace messo
