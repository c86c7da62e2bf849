#include <charconv>

#include "api/resources/resources.hpp"
#include "api/views.hpp"

namespace messo::api::resources {
namespace {

// The position of the newest event. Positions rise but may have gaps, and the ledger answers only "what comes after": so the edge is looked
// for by doubling and halving, some sixty look-ups in an index.
Result<std::int64_t> latest_position(Ledger& ledger) {
  const auto any_after = [&](std::int64_t position) -> Result<bool> {
    auto found = ledger.events_after(position, 1, {});
    if (!found) return fail(found.error());
    return !found->empty();
  };
  std::int64_t low = 0, high = 1024;  // nothing comes after `high`, something may after `low`
  while (true) {
    const auto more = any_after(high);
    if (!more) return fail(more.error());
    if (!*more) break;
    low = high;
    high *= 2;
  }
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    const auto more = any_after(middle);
    if (!more) return fail(more.error());
    if (*more)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

template <class T>
std::optional<T> whole_number(std::string_view text, T most) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value < 0 || value > most) return {};
  return value;
}

Response page(const Exchange& exchange, const std::vector<Event>& events, std::int64_t next) {
  Json body = {{"items", Json::array()}};
  for (const auto& event : events) body["items"].push_back(views::event(exchange, event));
  body["next"] = std::to_string(next);
  return answer(body);
}

}  // namespace

Response read_events(Exchange& exchange) {
  auto& ledger = exchange.hub.parts.store.ledger();
  const auto limit = limit_of(exchange.request);
  if (!limit) return parameter_error(exchange.request, limit.error());
  const auto wait = whole_number<int>(exchange.request.parameter("wait").value_or("0"), 30);
  if (!wait) return bad_parameter(exchange.request, "wait", "must be a number of seconds between 0 and 30");
  const auto after_text = exchange.request.parameter("after").value_or("0");
  if (after_text == "latest") {
    const auto latest = latest_position(ledger);
    if (!latest) return answer(exchange.request, latest.error());
    return page(exchange, {}, *latest);
  }
  const auto after = whole_number<std::int64_t>(after_text, 999'999'999'999'999'999);
  if (!after) return bad_parameter(exchange.request, "after", "must be the `next` of the last answer, or \"latest\"");

  const auto read = exchange.hub.event_reader.read(*after, *limit, exchange.caller.visibility(), std::chrono::seconds(*wait));
  if (!read) return answer(exchange.request, read.error());
  return page(exchange, read->events, read->next);
}

}  // namespace messo::api::resources
