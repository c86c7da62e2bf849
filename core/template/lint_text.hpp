// The part of lint that reads rendered HTML. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace messo {

struct HtmlProblem {
  std::string code;
  std::string sentence;
};
// What keeps people with assistive technology out (WCAG 2.1: 1.1.1, 1.3.1, 2.4.2, 2.4.4, 3.1.1) or does not survive mail programs. Reads
// tags, builds no tree.
std::vector<HtmlProblem> check_html(std::string_view html);

}  // namespace messo
