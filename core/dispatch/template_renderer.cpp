#include "dispatch/template_renderer.hpp"

namespace messo {

Result<RenderedMessage> TemplateRenderer::message_of(const LeasedDelivery& delivery) {
  // Without data the content was erased: what is kept of it must not go out either.
  if (kept_ != nullptr && !delivery.content.data_json.empty()) {
    if (auto kept = kept_->take(delivery.delivery)) return *std::move(kept);
  }
  const auto version = cache_.get(delivery.template_version, [this](TemplateVersionId id) { return templates_.find(id); });
  if (!version) return fail(version.error());
  return render_message(**version, delivery.channel, delivery.language, delivery.content.data_json);
}

Result<RenderedParts> TemplateRenderer::render(const LeasedDelivery& delivery) {
  auto message = message_of(delivery);
  if (!message) return fail(std::move(message.error()));
  RenderedParts out;
  out.content_hash = as_text(content_hash(*message));
  if (message->sms) out.sms_segments = message->sms->segments;
  out.parts.reserve(message->parts.size());
  for (RenderedPart& part : message->parts) {
    // At the plugin border the character set is always UTF-8 and goes without saying.
    part.content_type.resize(std::min(part.content_type.size(), part.content_type.find(';')));
    out.parts.push_back({std::move(part.name), std::move(part.content_type), std::move(part.body)});
  }
  return out;
}

}  // namespace messo
