// The part of lint that reads rendered texts: HTML and SMS. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace messo {

// How an SMS would travel (3GPP TS 23.038 §6.2): an estimate for authors; the transport decides.
struct SmsEstimate {
  bool gsm7 = true;       // false: UCS-2, 70 characters instead of 160
  std::size_t units = 0;  // septets or UTF-16 units
  std::size_t segments = 1;
  std::vector<std::string> beyond_gsm7;  // the characters that force UCS-2, each once
};
SmsEstimate estimate_sms(std::string_view text);

struct HtmlProblem {
  std::string code;
  std::string sentence;
};
// What keeps people with assistive technology out (WCAG 2.1: 1.1.1, 1.3.1, 2.4.2, 2.4.4, 3.1.1) or does not survive mail programs. Reads
// tags, builds no tree.
std::vector<HtmlProblem> check_html(std::string_view html);

}  // namespace messo
