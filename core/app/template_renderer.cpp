#include "app/template_renderer.hpp"

namespace messo {

Result<RenderedParts> TemplateRenderer::render(const LeasedDelivery& delivery) {
  const auto version = cache_.get(delivery.template_version, [this](TemplateVersionId id) { return store_.find(id); });
  if (!version) return fail(Error(version.error()));
  auto message = render_message(**version, delivery.channel, delivery.language, delivery.content.data_json);
  if (!message) return fail(std::move(message.error()));
  RenderedParts out;
  out.content_hash = as_text(message->content_hash);
  for (RenderedPart& part : message->parts) {
    // Providers are promised UTF-8 and the bare type.
    std::string type = part.content_type.substr(0, part.content_type.find(';'));
    out.parts.push_back({std::move(part.name), std::move(type), std::move(part.body)});
  }
  return out;
}

}  // namespace messo
