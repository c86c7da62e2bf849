#include "store/sqlite/totals.hpp"

namespace messo::sqlite {
namespace {

std::optional<std::size_t> column(Phase phase) {
  switch (phase) {
    case Phase::scheduled:
    case Phase::due: return 0;
    case Phase::leased:
    case Phase::handed_over: return 1;
    case Phase::awaiting_receipt: return 2;
    case Phase::in_doubt: return 3;
    case Phase::closed: return {};
  }
  return {};
}

constexpr char kAddDepth[] =
    "INSERT INTO depth (organisation, service, pool, priority, waiting, in_hand, awaiting_receipt, in_doubt) VALUES "
    "(?1,?2,?3,?4,?5,?6,?7,?8) "
    "ON CONFLICT DO UPDATE SET waiting = waiting + ?5, in_hand = in_hand + ?6, awaiting_receipt = awaiting_receipt + ?7, in_doubt = "
    "in_doubt + ?8";
constexpr char kAddCounter[] = "INSERT INTO counter (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = value + ?2";

void add_counter(Connection& db, std::string_view name, std::int64_t by) {
  if (by != 0) db.run(kAddCounter, name, by);
}

}  // namespace

void Totals::add(const Totals& change) {
  for (const auto& [lane, counts] : change.lanes) {
    LaneCounts& mine = lanes[lane];
    for (std::size_t i = 0; i < counts.by_phase.size(); ++i) mine.by_phase[i] += counts.by_phase[i];
    open_by_service[lane.service] += counts.open();
  }
  accepted += change.accepted;
  open += change.open;
  for (std::size_t i = 0; i < closed.size(); ++i) closed[i] += change.closed[i];
}

void Totals::moved(const LaneKey& lane, const DeliveryState* from, const DeliveryState* to) {
  const auto side = [&](const DeliveryState* state, std::int64_t by) {
    if (!state) return;
    if (const auto at = column(state->phase)) {
      const auto known = lanes.find(lane);
      (known == lanes.end() ? lanes[lane] : known->second).by_phase[*at] += by;
      open += by;
    } else {
      closed[static_cast<std::size_t>(state->result)] += by;
    }
  };
  side(from, -1);
  side(to, 1);
}

void write_totals(Connection& db, const Totals& change) {
  for (const auto& [lane, counts] : change.lanes) {
    const auto& n = counts.by_phase;
    if (n == decltype(LaneCounts::by_phase){}) continue;
    db.run(kAddDepth, lane.organisation, lane.service, lane.pool, lane.priority, n[0], n[1], n[2], n[3]);
  }
  add_counter(db, "accepted", change.accepted);
  add_counter(db, "open", change.open);
  for (const DeliveryResult result : kDeliveryResults) {
    const std::int64_t by = change.closed[static_cast<std::size_t>(result)];
    if (by != 0) add_counter(db, "closed." + std::string(to_string(result)), by);
  }
}

Totals load_totals(Connection& db) {
  Totals out;
  Totals lanes;
  for (Cursor row = db.query("SELECT organisation, service, pool, priority, waiting, in_hand, awaiting_receipt, in_doubt FROM depth");
       row.next();) {
    LaneCounts& counts = lanes.lanes[{row->id<OrganisationId>(0), row->id<ServiceId>(1), row->text(2), row->as<Priority>(3)}];
    for (int i = 0; i < 4; ++i) counts.by_phase[static_cast<std::size_t>(i)] = row->number(4 + i);
  }
  out.add(lanes);
  for (Cursor row = db.query("SELECT name, value FROM counter"); row.next();) {
    const std::string_view name = row->bytes(0);
    if (name == "accepted") out.accepted = row->number(1);
    if (name == "open") out.open = row->number(1);
    if (name.starts_with("closed.")) {
      if (const auto result = parse_delivery_result(name.substr(7))) out.closed[static_cast<std::size_t>(*result)] = row->number(1);
    }
  }
  return out;
}

}  // namespace messo::sqlite
