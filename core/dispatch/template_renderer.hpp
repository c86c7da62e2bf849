// MessageRenderer over core/template and the store.
#pragma once
#include "dispatch/renderer.hpp"
#include "store/template_store.hpp"
#include "template/kept_renderings.hpp"
#include "template/template_cache.hpp"

namespace messo {

class TemplateRenderer final : public MessageRenderer {
 public:
  // All must outlive it. Cache and kept renderings (may be null) are shared with other stages.
  TemplateRenderer(TemplateStore& templates, TemplateCache& cache, KeptRenderings* kept = nullptr)
      : templates_(templates), cache_(cache), kept_(kept) {}
  Result<RenderedParts> render(const LeasedDelivery& delivery) override;

 private:
  Result<RenderedMessage> message_of(const LeasedDelivery& delivery);
  TemplateStore& templates_;
  TemplateCache& cache_;
  KeptRenderings* kept_;
};

}  // namespace messo
