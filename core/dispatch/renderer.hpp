// What dispatch needs of rendering; core/template is behind it, or a double in tests.
#pragma once
#include <vector>

#include "base/result.hpp"
#include "channel/provider_port.hpp"
#include "store/work_queue.hpp"

namespace messo {

struct RenderedParts {
  std::vector<OutgoingPart> parts;
  std::string content_hash;  // 32 bytes: SHA-256 over the parts; the same for every attempt of a delivery
  std::uint32_t sms_segments = 0;
};

class MessageRenderer {
 public:
  virtual ~MessageRenderer() = default;
  // Renders the parts of the delivery's channel and language from its pinned template version. Called by the dispatch thread only; no I/O
  // but reading a template version seen for the first time. Errors: `unavailable` is tried again later, every other kind refuses the
  // delivery.
  virtual Result<RenderedParts> render(const LeasedDelivery& delivery) = 0;
};

}  // namespace messo
