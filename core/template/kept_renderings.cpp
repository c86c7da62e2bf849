#include "template/kept_renderings.hpp"

namespace messo {

void KeptRenderings::State::drop(std::list<Entry>::iterator entry) {
  bytes -= entry->bytes;
  by_delivery.erase(entry->delivery);
  entries.erase(entry);
}

void KeptRenderings::keep(DeliveryId delivery, RenderedMessage message) {
  const auto now = clock_.steady();
  std::size_t bytes = sizeof(Entry);
  for (auto& part : message.parts) {
    part.body.shrink_to_fit();
    bytes += sizeof part + part.body.size();
  }
  state_.with([&](State& state) {
    while (!state.entries.empty() && now - state.entries.front().since > kLongest) state.drop(state.entries.begin());
    if (state.bytes + bytes > most_bytes_ || state.by_delivery.contains(delivery)) return;
    state.entries.push_back({delivery, now, bytes, std::move(message)});
    state.by_delivery.emplace(delivery, std::prev(state.entries.end()));
    state.bytes += bytes;
  });
}

std::optional<RenderedMessage> KeptRenderings::take(DeliveryId delivery) {
  return state_.with([&](State& state) -> std::optional<RenderedMessage> {
    const auto found = state.by_delivery.find(delivery);
    if (found == state.by_delivery.end()) return {};
    std::optional<RenderedMessage> message(std::move(found->second->message));
    state.drop(found->second);
    return message;
  });
}

std::size_t KeptRenderings::bytes() const {
  return state_.with([](const State& state) { return state.bytes; });
}

}  // namespace messo
