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

void collect_beyond_gsm(const InputJson& value, const InputJson::json_pointer& at, std::vector<InputJson::json_pointer>& out) {
  if (value.is_string()) {
    const auto measured = sms::measure(value.get_ref<const std::string&>(), sms::Policy::unicode);
    if (!measured.forced_by.empty()) out.push_back(at);
    return;
  }
  if (!value.is_structured()) return;
  for (const auto& [key, member] : value.items()) collect_beyond_gsm(member, value.is_array() ? at / std::stoul(key) : at / key, out);
}

// The members of the data that bring characters an SMS of policy "gsm-only" cannot have; none when the template's own text has some.
std::vector<std::string> to_rewrite(const CompiledVersion& version, std::string_view language, const InputJson& data) {
  std::vector<InputJson::json_pointer> candidates;
  collect_beyond_gsm(data, InputJson::json_pointer(), candidates);
  if (candidates.empty() || candidates.size() > kMostTried) return {};
  auto plain = data;
  for (const auto& at : candidates) plain[at] = "x";
  if (!version.render(Channel::sms, language, plain)) return {};
  std::vector<std::string> out;
  for (const auto& at : candidates) {
    auto one = plain;
    one[at] = data[at];
    if (!version.render(Channel::sms, language, one)) out.push_back(at.to_string());
  }
  return out;
}

// Which of the data makes it so, where that can be told; else the template.
void add_finding(const CompiledVersion& version, Channel channel, std::string_view language, const InputJson& data, const Error& error,
                 Findings& findings) {
  if (error.code == "sms_not_gsm") {
    const auto members = to_rewrite(version, language, data);
    for (const auto& member : members) findings.wrong("/data" + member, error.message + "; write it with other characters");
    if (!members.empty()) return;
  }
  const bool length = error.kind == ErrorKind::too_large || error.code == "template_too_large" || error.code == "template_too_long_running";
  const auto member = length ? to_shorten(version, channel, language, data) : std::string();
  if (!member.empty()) {
    findings.wrong("/data" + member, "makes the message too long for its channel: " + error.message + "; shorten it");
  } else {
    findings.wrong("/template", error.message + "; send other data, another channel, or have the template corrected");
  }
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
    add_finding(version, channel, language, data, rendered.error(), findings);
  }
  return first;
}

}  // namespace messo::api
