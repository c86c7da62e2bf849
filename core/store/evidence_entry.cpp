#include "store/evidence_entry.hpp"

#include "model/names.hpp"

namespace messo {
namespace {

constexpr names::Row<EvidenceKind> kEvidenceKinds[] = {{EvidenceKind::as_sent, "as_sent"}, {EvidenceKind::receipt, "receipt"}};

}  // namespace

std::string_view to_string(EvidenceKind kind) { return names::name_of<EvidenceKind>(kEvidenceKinds, kind); }

}  // namespace messo
