#include <fmt/format.h>

#include <algorithm>

#include "template/mustache.hpp"

namespace messo {
namespace {

using Op = CompiledTemplate::Op;

constexpr std::string_view kBlanks = " \t";
constexpr std::size_t kLongestName = 255;
constexpr std::string_view kSpaces = " \t\r\n";

std::string_view strip(std::string_view text) {
  const auto first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

Position position_at(std::string_view source, std::size_t offset) {
  const auto before = source.substr(0, offset);
  const auto newline = before.rfind('\n');
  const auto line = newline == std::string_view::npos ? before : before.substr(newline + 1);
  return {static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1),
          static_cast<std::uint32_t>(count_characters(line) + 1)};
}

}  // namespace

// One pass over the source: finds tags, decides which stand alone on their line, and emits instructions.
class MustacheCompiler {
 public:
  MustacheCompiler(CompiledTemplate& out, const CompileOptions& options) : out_(out), source_(out.source_), options_(options) {}

  // False: `error` says why.
  bool run();
  SyntaxError error;

 private:
  struct Tag {
    char sigil = 0;  // 0: plain variable
    std::string_view name;
    std::size_t begin = 0, end = 0;
  };

  bool fail_at(std::size_t offset, std::string sentence);
  bool check_bytes();
  bool read_tag(std::size_t begin, Tag& tag);
  bool emit_tag(const Tag& tag, std::string_view indent);
  bool open_section(Op op, const Tag& tag);
  bool close_section(const Tag& tag);
  bool emit_variable(Op op, const Tag& tag);
  bool emit_partial(const Tag& tag, std::string_view indent);
  bool set_delimiters(const Tag& tag);
  bool add_name(const Tag& tag, std::uint32_t& index, bool dotted);
  bool check_name(const Tag& tag);

  CompiledTemplate::Instruction& emit(Op op, std::size_t offset);
  void emit_text(std::size_t begin, std::size_t end);
  bool starts_line(std::size_t offset) const { return offset == 0 || source_[offset - 1] == '\n'; }
  bool standalone(const Tag& tag, std::size_t& line, std::size_t& next_line) const;

  CompiledTemplate& out_;
  std::string_view source_;
  const CompileOptions& options_;
  std::string open_ = "{{", close_ = "}}";
  std::vector<std::uint32_t> sections_;  // open ones, as instruction indexes
};

bool MustacheCompiler::fail_at(std::size_t offset, std::string sentence) {
  error = {position_at(source_, offset), std::move(sentence)};
  return false;
}

bool MustacheCompiler::check_bytes() {
  if (source_.size() > options_.limits.source_bytes) {
    return fail_at(0, "the template has " + std::to_string(source_.size()) + " bytes, more than the " +
                          std::to_string(options_.limits.source_bytes) + " allowed: move what repeats into partials");
  }
  if (const auto bad = find_invalid_utf8(source_); bad != std::string_view::npos) {
    return fail_at(0, "the file is not UTF-8 (byte " + std::to_string(bad + 1) + "): save it again as UTF-8");
  }
  if (const auto bad = find_control(source_); bad != std::string_view::npos) {
    return fail_at(bad, "a control character is here: delete it");
  }
  return true;
}

bool MustacheCompiler::run() {
  if (!check_bytes()) return false;
  std::size_t at = 0;
  while (at < source_.size()) {
    const std::size_t begin = source_.find(open_, at);
    if (begin == std::string_view::npos) break;
    Tag tag;
    if (!read_tag(begin, tag)) return false;
    std::size_t line = 0, next_line = 0;
    std::string_view indent;
    if (standalone(tag, line, next_line)) {
      indent = source_.substr(line, begin - line);
      emit_text(at, line);
      at = next_line;
    } else {
      emit_text(at, begin);
      if (starts_line(begin)) emit(Op::indent, begin);
      at = tag.end;
    }
    if (!emit_tag(tag, indent)) return false;
  }
  emit_text(at, source_.size());
  if (!sections_.empty()) {
    const auto& open = out_.instructions_[sections_.back()];
    error = {out_.position_of(open),
             "section \"" + out_.name_of(open).text + "\" is never closed: add {{/" + out_.name_of(open).text + "}}"};
    return false;
  }
  return true;
}

// A tag that prints nothing itself and is alone on its line takes the whole line with it. Looks only at the blanks around the tag, so that
// a hostile line of a hundred thousand tags stays linear.
bool MustacheCompiler::standalone(const Tag& tag, std::size_t& line, std::size_t& next_line) const {
  if (tag.sigil == 0 || tag.sigil == '&' || tag.sigil == '{') return false;
  const std::size_t before = source_.substr(0, tag.begin).find_last_not_of(kBlanks);
  if (before != std::string_view::npos && source_[before] != '\n') return false;
  line = before == std::string_view::npos ? 0 : before + 1;
  const std::size_t after = source_.find_first_not_of(kBlanks, tag.end);
  if (after == std::string_view::npos) {
    next_line = source_.size();
    return true;
  }
  const std::size_t newline = source_[after] == '\r' ? after + 1 : after;
  if (newline >= source_.size() || source_[newline] != '\n') return false;
  next_line = newline + 1;
  return true;
}

bool MustacheCompiler::read_tag(std::size_t begin, Tag& tag) {
  const std::size_t inside = source_.find_first_not_of(kSpaces, begin + open_.size());
  if (inside == std::string_view::npos) return fail_at(begin, "this tag is never closed: add " + close_);
  const bool has_sigil = std::string_view("#^/!>&{=").find(source_[inside]) != std::string_view::npos;
  tag.sigil = has_sigil ? source_[inside] : '\0';
  const std::size_t name_begin = has_sigil ? inside + 1 : inside;
  const std::string closing = (tag.sigil == '{' ? "}" : tag.sigil == '=' ? "=" : "") + close_;
  const std::size_t name_end = source_.find(closing, name_begin);
  if (name_end == std::string_view::npos) return fail_at(begin, "this tag is never closed: add " + closing);
  tag.begin = begin;
  tag.end = name_end + closing.size();
  tag.name = strip(source_.substr(name_begin, name_end - name_begin));
  return true;
}

CompiledTemplate::Instruction& MustacheCompiler::emit(Op op, std::size_t offset) {
  auto& instruction = out_.instructions_.emplace_back();
  instruction.op = op;
  instruction.offset = static_cast<std::uint32_t>(offset);
  return instruction;
}

void MustacheCompiler::emit_text(std::size_t begin, std::size_t end) {
  if (begin >= end) return;
  auto& text = emit(Op::text, begin);
  text.a = static_cast<std::uint32_t>(begin);
  text.b = static_cast<std::uint32_t>(end - begin);
  text.starts_line = starts_line(begin);
}

bool MustacheCompiler::check_name(const Tag& tag) {
  if (tag.name.empty()) return fail_at(tag.begin, "this tag has no name: write one, or delete the tag");
  if (tag.name.find_first_of(kSpaces) != std::string_view::npos) {
    return fail_at(tag.begin, "a tag's name cannot contain spaces: check that the tag is closed where it should be");
  }
  if (tag.name.size() > kLongestName) return fail_at(tag.begin, "a tag's name is at most " + std::to_string(kLongestName) + " bytes long");
  if (std::string_view("<$*%").find(tag.name.front()) != std::string_view::npos) {
    return fail_at(
        tag.begin,
        fmt::format("tags beginning with \"{}\" (inheritance, dynamic names, pragmas) are not supported: use sections and partials",
                    tag.name.front()));
  }
  return true;
}

bool MustacheCompiler::add_name(const Tag& tag, std::uint32_t& index, bool dotted) {
  if (!check_name(tag)) return false;
  CompiledTemplate::Name name{std::string(tag.name), {}};
  if (dotted && tag.name != ".") {
    for (std::size_t from = 0; from <= tag.name.size();) {
      const std::size_t dot = std::min(tag.name.find('.', from), tag.name.size());
      if (dot == from) return fail_at(tag.begin, "\"" + name.text + "\" has an empty part between its dots: delete a dot or add the name");
      name.parts.emplace_back(tag.name.substr(from, dot - from));
      from = dot + 1;
    }
  }
  index = static_cast<std::uint32_t>(out_.names_.size());
  out_.names_.push_back(std::move(name));
  return true;
}

bool MustacheCompiler::emit_tag(const Tag& tag, std::string_view indent) {
  switch (tag.sigil) {
    case '#': return open_section(Op::section, tag);
    case '^': return open_section(Op::inverted, tag);
    case '/': return close_section(tag);
    case '!': return true;
    case '>': return emit_partial(tag, indent);
    case '=': return set_delimiters(tag);
    case '&':
    case '{': return emit_variable(Op::raw, tag);
    default: return emit_variable(Op::variable, tag);
  }
}

bool MustacheCompiler::emit_variable(Op op, const Tag& tag) {
  std::uint32_t index = 0;
  if (!add_name(tag, index, true)) return false;
  const auto& name = out_.names_[index];
  if (options_.message && !name.parts.empty() && name.parts.front() == "in") {
    return fail_at(tag.begin, "\"in\" chooses a language and prints nothing: write {{#in.de}}...{{/in.de}}");
  }
  emit(options_.message && name.text == "language" ? Op::language : op, tag.begin).a = index;
  return true;
}

bool MustacheCompiler::open_section(Op op, const Tag& tag) {
  std::uint32_t index = 0;
  if (!add_name(tag, index, true)) return false;
  const auto& name = out_.names_[index];
  if (sections_.size() >= options_.limits.depth) {
    return fail_at(tag.begin, "more than " + std::to_string(options_.limits.depth) + " sections inside each other: use fewer");
  }
  if (options_.message && !name.parts.empty() && name.parts.front() == "in") {
    if (op == Op::inverted || name.parts.size() != 2) return fail_at(tag.begin, "write {{#in.de}}...{{/in.de}} to format in German");
    if (find_locale(name.parts[1]) == nullptr) {
      return fail_at(tag.begin, "there is no formatting for language \"" + name.parts[1] + "\": use one of " + locale_names());
    }
    op = Op::in_language;
  }
  sections_.push_back(static_cast<std::uint32_t>(out_.instructions_.size()));
  emit(op, tag.begin).a = index;
  return true;
}

bool MustacheCompiler::close_section(const Tag& tag) {
  if (!check_name(tag)) return false;
  const std::string closed(tag.name);
  if (sections_.empty())
    return fail_at(tag.begin, "{{/" + closed + "}} closes a section that was not opened: delete it or add {{#" + closed + "}}");
  const std::uint32_t begin = sections_.back();
  const auto open = out_.instructions_[begin];
  const auto& name = out_.name_of(open).text;
  if (name != closed) {
    return fail_at(tag.begin, "{{/" + closed + "}} closes section \"" + name + "\" opened at line " +
                                  std::to_string(out_.position_of(open).line) + ": close that one first");
  }
  sections_.pop_back();
  out_.instructions_[begin].jump = static_cast<std::uint32_t>(out_.instructions_.size());
  emit(Op::end, tag.begin).jump = begin;
  return true;
}

bool MustacheCompiler::emit_partial(const Tag& tag, std::string_view indent) {
  std::uint32_t index = 0;
  if (!add_name(tag, index, false)) return false;
  auto& partial = emit(Op::partial, tag.begin);
  partial.a = index;
  partial.b = static_cast<std::uint32_t>(indent.empty() ? 0 : indent.data() - source_.data());
  partial.jump = static_cast<std::uint32_t>(indent.size());
  return true;
}

bool MustacheCompiler::set_delimiters(const Tag& tag) {
  const std::size_t gap = tag.name.find_first_of(kSpaces);
  const auto left = tag.name.substr(0, gap);
  const auto right = gap == std::string_view::npos ? std::string_view{} : strip(tag.name.substr(gap));
  const bool wrong = left.empty() || right.empty() || right.find_first_of(kSpaces) != std::string_view::npos;
  if (wrong || left.find('=') != std::string_view::npos || right.find('=') != std::string_view::npos) {
    return fail_at(tag.begin, "new delimiters are two words without \"=\", as in {{=<% %>=}}");
  }
  open_ = left;
  close_ = right;
  return true;
}

tl::expected<std::shared_ptr<const CompiledTemplate>, SyntaxError> CompiledTemplate::compile(std::string source,
                                                                                             const CompileOptions& options) {
  auto out = std::make_shared<CompiledTemplate>();
  out->name_ = options.name;
  out->source_ = std::move(source);
  MustacheCompiler compiler(*out, options);
  if (!compiler.run()) return tl::unexpected(std::move(compiler.error));
  return std::shared_ptr<const CompiledTemplate>(std::move(out));
}

Position CompiledTemplate::position_of(const Instruction& instruction) const { return position_at(source_, instruction.offset); }

std::vector<std::string> CompiledTemplate::partials() const {
  std::vector<std::string> out;
  for (const auto& instruction : instructions_) {
    if (instruction.op == Op::partial) out.push_back(name_of(instruction).text);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Error to_error(const SyntaxError& error, std::string_view name) {
  const std::string place = std::string(name) + ":" + std::to_string(error.position.line) + ":" + std::to_string(error.position.column);
  return Error{ErrorKind::invalid, "template_syntax", place + ": " + error.sentence, {}, {{place, error.sentence}}, {}};
}

}  // namespace messo
