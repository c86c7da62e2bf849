#include "store/suppression_decisions.hpp"

#include <nlohmann/json.hpp>

#include "model/names.hpp"

namespace messo {
namespace {

constexpr names::Row<SuppressionSource> kSuppressionSources[] = {{SuppressionSource::bounce, "bounce"},
                                                                 {SuppressionSource::complaint, "complaint"},
                                                                 {SuppressionSource::refused, "refused"},
                                                                 {SuppressionSource::person, "person"}};

std::string_view sentence_of(SuppressionSource source) {
  switch (source) {
    case SuppressionSource::bounce: return "Not sent: an earlier message to this address came back for good.";
    case SuppressionSource::complaint: return "Not sent: the recipient reported an earlier message as unwanted.";
    case SuppressionSource::refused: return "Not sent: the mail server refused this address for good.";
    case SuppressionSource::person: return "Not sent: the address was excluded by the organisation.";
  }
  return "Not sent: the address is excluded.";
}

}  // namespace

std::string_view to_string(SuppressionSource source) { return names::name_of<SuppressionSource>(kSuppressionSources, source); }

namespace decisions {

std::optional<SuppressionSource> suppression_by(Channel channel, KeyKind kind, const Outcome& outcome) {
  if (channel != Channel::email || kind == KeyKind::test || !may_suppress(outcome)) return {};
  return SuppressionSource::refused;
}

std::optional<SuppressionSource> suppression_by(Channel channel, KeyKind kind, const Receipt& receipt, ReceiptKind means, bool settles) {
  if (channel != Channel::email || kind == KeyKind::test || !may_suppress(receipt, means, settles)) return {};
  return is_complaint(receipt, means) ? SuppressionSource::complaint : SuppressionSource::bounce;
}

std::string suppressed_data(SuppressionSource source) {
  const nlohmann::ordered_json data = {{"result", to_string(DeliveryResult::suppressed)},
                                       {"code", "address_suppressed"},
                                       {"source", to_string(source)},
                                       {"text", sentence_of(source)}};
  return data.dump();
}

Error no_such_suppression() {
  return {ErrorKind::not_found,
          "suppression_not_found",
          "There is no such suppression; GET /v1/suppressions lists those there are.",
          {},
          {},
          {}};
}

}  // namespace decisions
}  // namespace messo
