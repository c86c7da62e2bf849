#include "api/job_rendering.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace messo::api {
namespace {

using InputJson = nlohmann::json;

constexpr std::size_t kMostTried = 8;  // bounds what a job that is too long may cost

// A text or list of the data that could be shorter.
struct Longest {
  InputJson::json_pointer at;
  std::size_t size = 0;
};

void collect(const InputJson& value, const InputJson::json_pointer& at, std::vector<Longest>& out) {
  if (value.is_string()) {
    const auto size = value.get_ref<const std::string&>().size();
    if (size > 1) out.push_back({at, size});
    return;
  }
  if (!value.is_structured()) return;
  std::size_t sum = 0;
  for (const auto& [key, member] : value.items()) {
    const auto before = out.size();
    collect(member, value.is_array() ? at / std::stoul(key) : at / key, out);
    for (auto i = before; i < out.size(); ++i) sum += out[i].size;
  }
  if (value.is_array() && value.size() > 1) out.push_back({at, sum});
}

// The largest member of the data without most of which the text would fit; "" when none alone is to blame.
std::string to_shorten(const CompiledVersion& version, Channel channel, std::string_view language, const InputJson& data) {
  std::vector<Longest> candidates;
  collect(data, InputJson::json_pointer(), candidates);
  std::stable_sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) { return a.size > b.size; });
  if (candidates.size() > kMostTried) candidates.resize(kMostTried);
  for (const auto& candidate : candidates) {
    auto shorter = data;
    auto& member = shorter[candidate.at];
    member = member.is_string() ? InputJson("x") : InputJson::array({member.front()});
    if (version.render(channel, language, shorter)) return candidate.at.to_string();
  }
  return {};
}

}  // namespace

RenderedMessage check_rendering(const CompiledVersion& version, std::span<const Channel> channels, std::string_view language,
                                const InputJson& data, Findings& findings) {
  RenderedMessage first;
  for (const auto channel : channels) {
    auto rendered = version.render(channel, language, data);
    if (rendered) {
      if (channel == channels.front()) first = *std::move(rendered);
      continue;
    }
    const auto& error = rendered.error();
    const bool length =
        error.kind == ErrorKind::too_large || error.code == "template_too_large" || error.code == "template_too_long_running";
    auto member = length ? to_shorten(version, channel, language, data) : std::string();
    if (!member.empty()) {
      findings.wrong("/data" + member, "makes the message too long for its channel: " + error.message + "; shorten it");
    } else {
      findings.wrong("/template", error.message + "; send other data, another channel, or have the template corrected");
    }
  }
  return first;
}

}  // namespace messo::api
