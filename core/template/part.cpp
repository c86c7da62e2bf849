#include "template/part.hpp"

#include <string>

namespace messo {
namespace {

constexpr std::string_view kPlain = "text/plain; charset=utf-8";
constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kMarkdown = "text/markdown; charset=utf-8";
constexpr std::size_t kMiB = 1024 * 1024;

// An SMS is counted in segments (template/sms_rules.hpp); 255 of them have room for 39,015 characters.
// App IO counts characters: reference of its API, NewMessage (subject 10 to 120, markdown 80 to 10,000).
constexpr PartSpec kParts[] = {
    {Channel::email, "subject", kPlain, Escape::none, Shape::single_line, true, 2'000, 1, 250},
    {Channel::email, "text", kPlain, Escape::none, Shape::as_written, true, kMiB, 1, 0},
    {Channel::email, "html", kHtml, Escape::html, Shape::as_written, false, 2 * kMiB, 1, 0},
    {Channel::pec, "subject", kPlain, Escape::none, Shape::single_line, true, 2'000, 1, 250},
    {Channel::pec, "text", kPlain, Escape::none, Shape::as_written, true, kMiB, 1, 0},
    {Channel::pec, "html", kHtml, Escape::html, Shape::as_written, false, 2 * kMiB, 1, 0},
    {Channel::sms, "text", kPlain, Escape::none, Shape::trimmed, true, 120'000, 1, 0},
    {Channel::push, "title", kPlain, Escape::none, Shape::single_line, true, 1'000, 1, 100},
    {Channel::push, "body", kPlain, Escape::none, Shape::trimmed, true, 3'000, 1, 1'000},
    {Channel::io, "subject", kPlain, Escape::none, Shape::single_line, true, 1'000, 10, 120},
    {Channel::io, "markdown", kMarkdown, Escape::markdown, Shape::trimmed, true, 40'000, 80, 10'000},
};

}  // namespace

std::span<const PartSpec> part_specs() { return kParts; }

const PartSpec* find_part(Channel channel, std::string_view name) {
  for (const auto& part : kParts) {
    if (part.channel == channel && part.name == name) return &part;
  }
  return nullptr;
}

const PartSpec* find_part(std::string_view dotted) {
  const auto dot = dotted.find('.');
  const auto channel = parse_channel(dotted.substr(0, dot));
  return channel && dot != std::string_view::npos ? find_part(*channel, dotted.substr(dot + 1)) : nullptr;
}

std::string part_names() {
  std::string out;
  for (const auto& part : kParts) {
    if (!out.empty()) out += ", ";
    out += to_string(part.channel);
    out += '.';
    out += part.name;
  }
  return out;
}

}  // namespace messo
