// The hub's calls as the plugin in this process gets them.
#include "channel/isolation/plugin_calls.hpp"

#include <unistd.h>

#include <utility>

namespace messo {

using namespace isolation;

namespace {

constexpr std::size_t kMostPageBytes = 48U << 20;  // of a poll's items: with room to spare in a frame

// The hub's sinks within this process: what they take is written into the answer.
struct PollPage {
  std::string items;
  std::uint32_t count = 0;
  std::size_t most = 0;
  bool done = false;
  std::string cursor;
  std::uint32_t more = 0;
};

messo_poll_item too_large(messo_str id) {
  static constexpr std::string_view kCode = "item_too_large", kProblem = "the item is over 32 MiB";
  messo_poll_item item{};
  item.struct_size = sizeof item;
  item.failed = 1;
  item.id = id;
  item.code = {kCode.data(), kCode.size()};
  item.problem = {kProblem.data(), kProblem.size()};
  return item;
}

std::int32_t take_item(PollPage& page, const messo_poll_item* item) {
  if (item == nullptr || !MESSO_HAS(item, messo_poll_item, receipt_count)) return MESSO_E_INVALID;
  if (page.count >= page.most) return MESSO_E_BUSY;
  const std::size_t before = page.items.size();
  WireWriter out(page.items);
  put(out, *item);
  if (page.items.size() > kMostPageBytes) {
    page.items.resize(before);
    if (page.count > 0) return MESSO_E_BUSY;
    // Alone it does not fit either: it must not hold up the mailbox for ever.
    put(out, too_large(item->id));
  }
  ++page.count;
  return MESSO_OK;
}

struct RequestAnswer {
  std::string receipts;
  std::uint32_t count = 0, status = 0;
  std::string content_type, body;
};

}  // namespace

PluginProcess::Reply PluginProcess::create(WireReader& in) {
  const auto config = in.str();
  Reply reply;
  WireWriter out(reply.body);
  if (plugin_ == nullptr || instance_ != nullptr || !in.complete()) {
    reply.code = MESSO_E_INVALID;
    out.text(problem_);
    return reply;
  }
  Room why;
  call_plugin([&] { return instance_ = plugin_->table().create(config, &host_, why.raw()), MESSO_OK; });
  reply.code = instance_ != nullptr ? MESSO_OK : MESSO_E_INVALID;
  out.text(why.text());
  return reply;
}

PluginProcess::Reply PluginProcess::start() {
  Reply reply;
  Room why;
  // What it grants in start() may bring messages at once: they wait behind this call.
  if (instance_ != nullptr) reply.code = call_plugin([&] { return plugin_->table().start(instance_, why.raw()); });
  running_ = reply.code == MESSO_OK;
  WireWriter(reply.body).text(why.text());
  return reply;
}

PluginProcess::Reply PluginProcess::stop(WireReader& in) {
  const auto drain = in.number<std::int64_t>();
  if (running_.exchange(false)) call_plugin([&] { return plugin_->table().stop(instance_, drain), MESSO_OK; });
  return {MESSO_OK, {}};
}

PluginProcess::Reply PluginProcess::extension(Call what, WireReader& in) {
  // Stopped already, or never begun: that says nothing of what the plugin could answer.
  if (!running_) return {MESSO_E_BUSY, {}};
  Reply reply{MESSO_E_NOT_FOUND, {}};
  WireWriter out(reply.body);
  const auto ask_provider = [&](auto* function) {
    Room said;
    const auto limit = in.number<std::int64_t>();
    reply.code = call_plugin([&] { return function(instance_, limit, said.raw()); });
    out.text(said.text());
  };
  if (what == Call::probe) {
    const auto* t = table_of<messo_probe_v1>("probe/1");
    if (t == nullptr || t->probe == nullptr) return reply;
    ask_provider(t->probe);
  } else if (what == Call::query) {
    const auto* t = table_of<messo_query_v1>("query/1");
    if (t == nullptr || t->query == nullptr) return reply;
    const messo_id attempt = in.id();
    ReadReferences references;
    if (!references.read(in)) ::_exit(kHubNonsense);
    reply.code = call_plugin([&] { return t->query(instance_, &attempt, references.data(), references.size()); });
  } else if (what == Call::cancel) {
    const auto* t = table_of<messo_cancel_v1>("cancel/1");
    if (t == nullptr || t->cancel == nullptr) return reply;
    const messo_id attempt = in.id();
    reply.code = call_plugin([&] { return t->cancel(instance_, &attempt); });
  } else if (what == Call::resume) {
    const auto* t = table_of<messo_resume_v1>("resume/1");
    if (t == nullptr || t->resume == nullptr) return reply;
    ReadMessages message;
    if (!message.read(in, 1)) ::_exit(kHubNonsense);
    const auto checkpoint = in.str();
    reply.code = call_plugin([&] { return t->resume(instance_, message.data()[0], checkpoint); });
  } else if (what == Call::measure) {
    const auto* t = table_of<messo_measure_v1>("measure/1");
    if (t == nullptr || t->measure == nullptr) return reply;
    ReadMessages message;
    if (!message.read(in, 1)) ::_exit(kHubNonsense);
    std::uint64_t units = 0;
    Room report;
    reply.code = call_plugin([&] { return t->measure(instance_, message.data()[0], &units, report.raw()); });
    out.number(units);
    out.text(report.text());
  } else if (what == Call::balance) {
    const auto* t = table_of<messo_balance_v1>("balance/1");
    if (t == nullptr || t->balance == nullptr) return reply;
    ask_provider(t->balance);
  } else {
    receipt_call(what, in, reply);
  }
  return reply;
}

void PluginProcess::receipt_call(Call what, WireReader& in, Reply& reply) {
  if (what == Call::on_request) return on_request(in, reply);
  const auto* t = table_of<messo_receipts_poll_v1>("receipts.poll/1");
  if (t == nullptr || t->mailboxes == nullptr || t->poll == nullptr || t->ack == nullptr) return;
  Room error;
  std::string given;
  WireWriter out(given);
  if (what == Call::mailboxes) {
    struct Found {
      std::string names;
      std::uint32_t count = 0;
    } found;
    const messo_mailbox_sink sink{sizeof sink, 0, &found, [](void* ctx, messo_str name, std::int64_t interval_ms) {
                                    auto& to = *static_cast<Found*>(ctx);
                                    if (name.len > kMaxText || to.names.size() > kMostPageBytes) return;
                                    WireWriter names(to.names);
                                    names.text(name);
                                    names.number(interval_ms);
                                    ++to.count;
                                  }};
    reply.code = call_plugin([&] { return t->mailboxes(instance_, &sink, error.raw()); });
    out.number(found.count);
    out.raw(found.names);
  } else if (what == Call::poll) {
    poll(*t, in, reply, error.raw(), out);
  } else if (what == Call::ack) {
    const auto mailbox = in.str();
    std::vector<messo_str> ids(in.count(sizeof(std::uint32_t)));
    for (auto& id : ids) id = in.str();
    const auto timeout = in.number<std::int64_t>();
    if (!in.complete()) ::_exit(kHubNonsense);
    reply.code = call_plugin([&] { return t->ack(instance_, mailbox, ids.data(), ids.size(), timeout, error.raw()); });
  }
  WireWriter whole(reply.body);
  whole.text(error.text());
  whole.raw(given);
}

void PluginProcess::poll(const messo_receipts_poll_v1& table, WireReader& in, Reply& reply, messo_buffer* error, WireWriter& out) {
  messo_poll_request request{};
  request.struct_size = sizeof request;
  request.limit = in.number<std::uint32_t>();
  request.mailbox = in.str(), request.cursor = in.str();
  std::vector<messo_str> again(in.count(sizeof(std::uint32_t)));
  for (auto& id : again) id = in.str();
  request.again = again.data(), request.again_count = again.size();
  request.timeout_ms = in.number<std::int64_t>();
  if (!in.complete()) ::_exit(kHubNonsense);
  PollPage page;
  page.most = request.limit + again.size();
  const messo_poll_sink sink{sizeof sink, 0, &page,
                             [](void* ctx, const messo_poll_item* item) { return take_item(*static_cast<PollPage*>(ctx), item); },
                             [](void* ctx, messo_str cursor, std::uint32_t more) {
                               auto& to = *static_cast<PollPage*>(ctx);
                               to.done = true;
                               to.cursor.assign(cursor.ptr == nullptr ? "" : cursor.ptr, std::min(cursor.len, kMaxText));
                               to.more = more;
                             }};
  reply.code = call_plugin([&] { return table.poll(instance_, &request, &sink, error); });
  out.number(std::uint32_t{page.done});
  out.text(page.cursor);
  out.number(page.more);
  out.number(page.count);
  out.raw(page.items);
}

void PluginProcess::on_request(WireReader& in, Reply& reply) {
  const auto* t = table_of<messo_receipts_callback_v1>("receipts.callback/1");
  if (t == nullptr || t->on_request == nullptr) return;
  messo_http_request request{};
  request.struct_size = sizeof request;
  for (auto* text :
       {&request.method, &request.path, &request.query, &request.headers_json, &request.body, &request.client_address, &request.url}) {
    *text = in.str();
  }
  if (!in.complete()) ::_exit(kHubNonsense);
  RequestAnswer answer;
  const messo_callback_sink sink{
      sizeof sink, 0, &answer,
      [](void* ctx, const messo_receipt* receipt) -> std::int32_t {
        auto& to = *static_cast<RequestAnswer*>(ctx);
        if (receipt == nullptr || !MESSO_HAS(receipt, messo_receipt, reference_count) || to.receipts.size() > kMostPageBytes)
          return MESSO_E_INVALID;
        WireWriter receipts(to.receipts);
        put(receipts, *receipt);
        ++to.count;
        return MESSO_OK;
      },
      [](void* ctx, std::uint32_t status, messo_str content_type, messo_str body) {
        auto& to = *static_cast<RequestAnswer*>(ctx);
        to.status = status;
        to.content_type.assign(content_type.ptr == nullptr ? "" : content_type.ptr, std::min<std::size_t>(content_type.len, 1024));
        to.body.assign(body.ptr == nullptr ? "" : body.ptr, std::min(body.len, kMaxText));
      }};
  Room error;
  reply.code = call_plugin([&] { return t->on_request(instance_, &request, &sink, error.raw()); });
  WireWriter out(reply.body);
  out.text(error.text());
  out.number(answer.count);
  out.raw(answer.receipts);
  out.number(answer.status);
  out.text(answer.content_type);
  out.text(answer.body);
}

}  // namespace messo
