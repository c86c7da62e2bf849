// Strong ids of everything that has one. All are UUIDv7 unless said otherwise.
#pragma once
#include "base/hash.hpp"
#include "base/uuid.hpp"

namespace messo {

using OrganisationId = Id<struct OrganisationTag>;
using ServiceId = Id<struct ServiceTag>;
using KeyId = Id<struct KeyTag>;
using ProviderId = Id<struct ProviderTag>;
using NotificationId = Id<struct NotificationTag>;
using BatchId = Id<struct BatchTag>;
using StepId = Id<struct StepTag>;
using DeliveryId = Id<struct DeliveryTag>;
using AttemptId = Id<struct AttemptTag>;
using ReceiptId = Id<struct ReceiptTag>;
using TemplateId = Id<struct TemplateTag>;                // a template (key) of an organisation
using TemplateVersionId = Id<struct TemplateVersionTag>;  // one version of it; what a notification pins
using BootId = Id<struct BootTag>;                        // one run of one node

// Content address of a blob within its organisation: SHA-256 of its bytes.
struct BlobId {
  Sha256 digest{};
  auto operator<=>(const BlobId&) const = default;
};

}  // namespace messo
