#include "template/lint_text.hpp"

#include <algorithm>
#include <cctype>

namespace messo {
namespace {

// Tables are read to their end: a hostile page of nothing else would take for ever.
constexpr std::size_t kMostTables = 200;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool has_attribute(std::string_view tag, std::string_view name) {
  for (auto at = tag.find(name); at != std::string_view::npos; at = tag.find(name, at + 1)) {
    const auto after = at + name.size();
    const bool begins = at > 0 && std::isspace(static_cast<unsigned char>(tag[at - 1])) != 0;
    if (begins && after < tag.size() && (tag[after] == '=' || std::isspace(static_cast<unsigned char>(tag[after])) != 0)) return true;
  }
  return false;
}

bool is_element(std::string_view tag, std::string_view name) {
  if (!tag.starts_with(name) || tag.size() == name.size()) return tag == name;
  return std::isspace(static_cast<unsigned char>(tag[name.size()])) != 0 || tag[name.size()] == '/';
}

void add_once(std::vector<HtmlProblem>& out, std::string code, std::string sentence) {
  if (std::any_of(out.begin(), out.end(), [&](const HtmlProblem& known) { return known.code == code; })) return;
  out.push_back({std::move(code), std::move(sentence)});
}

void check_tag(std::string_view tag, std::string_view table, std::vector<HtmlProblem>& out) {
  if (is_element(tag, "img") && !has_attribute(tag, "alt"))
    add_once(out, "html_alt", "an image has no alt: describe it, or write alt=\"\" when it only decorates");
  if (is_element(tag, "html") && !has_attribute(tag, "lang"))
    add_once(out, "html_lang", "<html> has no lang: write <html lang=\"{{language}}\">");
  if (is_element(tag, "table") && !has_attribute(tag, "role") && table.find("<th") == std::string_view::npos) {
    add_once(out, "html_table", "a table without header cells: write role=\"presentation\" when it only lays out, <th> when it holds data");
  }
  if (is_element(tag, "script") || is_element(tag, "iframe") || is_element(tag, "form")) {
    add_once(out, "html_active", "scripts, frames and forms do not work in messages and make them look dangerous: remove them");
  }
}

void check_links(std::string_view html, std::vector<HtmlProblem>& out) {
  for (const std::string_view vague : {">qui</a>", ">clicca qui</a>", ">here</a>", ">click here</a>", ">hier</a>"}) {
    if (html.find(vague) != std::string_view::npos) add_once(out, "html_link", "a link's text should say where it leads, not \"here\"");
  }
}

}  // namespace

std::vector<HtmlProblem> check_html(std::string_view source) {
  std::vector<HtmlProblem> out;
  const auto html = lower(source);
  if (html.find("<html") == std::string::npos)
    out.push_back({"html_lang", "there is no <html lang=\"...\">: screen readers would guess the language"});
  if (html.find("<title>") == std::string::npos) out.push_back({"html_title", "there is no <title>: screen readers announce it"});
  std::size_t tables = 0;
  for (auto at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const auto end = html.find('>', at);
    if (end == std::string::npos) break;
    if (html.compare(at, 6, "<table") == 0 && ++tables > kMostTables) break;
    const auto table_end = html.compare(at, 6, "<table") == 0 ? html.find("</table", at) : at;
    check_tag(std::string_view(html).substr(at + 1, end - at - 1), std::string_view(html).substr(at, table_end - at), out);
  }
  check_links(html, out);
  return out;
}

}  // namespace messo
