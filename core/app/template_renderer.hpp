// core/template as dispatch wants it.
#pragma once
#include "dispatch/renderer.hpp"
#include "store/template_store.hpp"
#include "template/template_cache.hpp"

namespace messo {

// Both must outlive it. Thread-safe.
class TemplateRenderer final : public MessageRenderer {
 public:
  TemplateRenderer(TemplateStore& store, TemplateCache& cache) : store_(store), cache_(cache) {}
  Result<RenderedParts> render(const LeasedDelivery& delivery) override;

 private:
  TemplateStore& store_;
  TemplateCache& cache_;
};

}  // namespace messo
