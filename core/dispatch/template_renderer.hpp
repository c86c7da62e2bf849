// MessageRenderer over core/template and the store.
#pragma once
#include "dispatch/renderer.hpp"
#include "store/template_store.hpp"
#include "template/template_cache.hpp"

namespace messo {

class TemplateRenderer final : public MessageRenderer {
 public:
  // Both must outlive it. The cache may be shared with other stages.
  TemplateRenderer(TemplateStore& templates, TemplateCache& cache) : templates_(templates), cache_(cache) {}
  Result<RenderedParts> render(const LeasedDelivery& delivery) override;

 private:
  TemplateStore& templates_;
  TemplateCache& cache_;
};

}  // namespace messo
