#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "template/mustache.hpp"
#include "template/variable.hpp"

namespace messo {
namespace {

using Json = nlohmann::json;
using Op = CompiledTemplate::Op;
using Instruction = CompiledTemplate::Instruction;

bool truthy(const Json* value) {
  if (value == nullptr || value->is_null()) return false;
  if (value->is_boolean()) return value->get<bool>();
  if (value->is_string()) return !value->get_ref<const std::string&>().empty();
  return !value->is_array() || !value->empty();
}

// Runs the instructions with explicit stacks: neither templates nor data can overflow the machine's.
class Machine {
 public:
  Machine(const PartialLookup& partials, const RenderOptions& options) : partials_(partials), options_(options), format_(options.format) {
    if (format_.locale == nullptr) format_.locale = &italian();
    format_.no_break = options.escape == Escape::html;
  }
  Result<std::string> run(const CompiledTemplate& compiled, const Json& data);

 private:
  struct Frame {
    const Json* value;
    const Variable* type;
  };
  struct Found {
    const Json* value = nullptr;
    const Variable* type = nullptr;
    std::span<const std::string> form;  // what follows the name of a scalar: "short"
  };
  struct Block {
    const Json* list = nullptr;  // being walked
    std::size_t next = 0;
    std::size_t body = 0;            // first instruction inside
    const Locale* locale = nullptr;  // of the language outside, to go back to
    std::string_view language;
    bool framed = false;  // has a frame to pop
  };
  struct Call {
    std::shared_ptr<const CompiledTemplate> keep;  // null for the outermost, which the caller keeps
    const CompiledTemplate* compiled;
    std::size_t at = 0;
    std::size_t indent_before = 0;  // size of `indent_` outside
  };

  void execute(const Instruction& instruction);
  Found resolve(const CompiledTemplate::Name& name);
  Found descend(Found found, std::span<const std::string> rest);
  void open_section(const Instruction& instruction);
  void open_inverted(const Instruction& instruction);
  void open_language(const Instruction& instruction);
  void close_section();
  void call_partial(const Instruction& instruction);
  void return_from_partial();
  void print(const Instruction& instruction, Escape escape);
  void print_text(const Instruction& instruction);
  bool print_untyped(const Json& value);
  void append(std::string_view text);
  void append_value(std::string_view text, const Found& found, Escape escape);
  bool deeper();
  void too_large();
  void stop(std::string_view code, std::string sentence);

  Call& call() { return calls_.back(); }

  const PartialLookup& partials_;
  const RenderOptions& options_;
  FormatContext format_;
  std::vector<Call> calls_;
  std::vector<Block> blocks_;
  std::vector<Frame> frames_;
  std::string indent_, scratch_, out_;
  std::uint64_t steps_ = 0;
  const Instruction* current_ = nullptr;
  std::optional<Error> error_;
};

Result<std::string> Machine::run(const CompiledTemplate& compiled, const Json& data) {
  out_.reserve(std::min(compiled.source().size() + 4096, options_.limits.output_bytes));
  frames_.reserve(8);
  calls_.reserve(8);
  blocks_.reserve(8);
  frames_.push_back({&data, options_.types});
  calls_.push_back({nullptr, &compiled});
  while (!calls_.empty() && !error_) {
    auto& here = call();
    if (here.at == here.compiled->instructions().size()) {
      return_from_partial();
      continue;
    }
    current_ = &here.compiled->instructions()[here.at++];
    if (++steps_ > options_.limits.steps) {
      stop("template_too_long_running", fmt::format("stopped after {} steps: shorten the lists in the data", options_.limits.steps));
      break;
    }
    execute(*current_);
  }
  if (error_) return fail(std::move(*error_));
  return std::move(out_);
}

void Machine::stop(std::string_view code, std::string sentence) {
  if (error_) return;
  const auto& compiled = *call().compiled;
  const auto position = compiled.position_of(*current_);
  const auto place = fmt::format("{}:{}:{}", compiled.name(), position.line, position.column);
  auto message = place + ": " + sentence;
  error_ = Error{ErrorKind::invalid, std::string(code), std::move(message), {}, {{place, std::move(sentence)}}, {}};
}

void Machine::execute(const Instruction& instruction) {
  switch (instruction.op) {
    case Op::text: return print_text(instruction);
    case Op::variable: return print(instruction, options_.escape);
    case Op::raw: return print(instruction, Escape::none);
    case Op::section: return open_section(instruction);
    case Op::inverted: return open_inverted(instruction);
    case Op::in_language: return open_language(instruction);
    case Op::end: return close_section();
    case Op::partial: return call_partial(instruction);
    case Op::indent: return append(indent_);
    case Op::language: return append(format_.language);
  }
}

void Machine::append(std::string_view text) {
  if (text.size() > options_.limits.output_bytes - out_.size()) return too_large();
  out_ += text;
}

void Machine::too_large() {
  stop("template_too_large", fmt::format("the text grows beyond {} bytes: shorten the data or the template", options_.limits.output_bytes));
}

void Machine::print_text(const Instruction& instruction) {
  auto text = call().compiled->text_of(instruction);
  if (indent_.empty()) return append(text);
  if (instruction.starts_line) append(indent_);
  for (std::size_t newline = text.find('\n'); newline != std::string_view::npos && newline + 1 < text.size() && !error_;
       newline = text.find('\n')) {
    append(text.substr(0, newline + 1));
    append(indent_);
    text.remove_prefix(newline + 1);
  }
  append(text);
}

// Mustache's rule: the first part is looked for in every context from the innermost out, the others only inside what was found.
Machine::Found Machine::resolve(const CompiledTemplate::Name& name) {
  if (name.parts.empty()) return {frames_.back().value, frames_.back().type, {}};
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
    ++steps_;  // a look-up through many contexts is work too
    if (!frame->value->is_object()) continue;
    const auto member = frame->value->find(name.parts.front());
    if (member == frame->value->end()) continue;
    const auto* type = frame->type == nullptr ? nullptr : frame->type->field(name.parts.front());
    return descend({&*member, type, {}}, std::span(name.parts).subspan(1));
  }
  return {};
}

Machine::Found Machine::descend(Found found, std::span<const std::string> rest) {
  for (; !rest.empty(); rest = rest.subspan(1)) {
    if (found.value->is_null()) return {};
    if (found.type != nullptr && found.type->type != VariableType::object) {
      found.form = rest;
      return found;
    }
    if (!found.value->is_object()) return {};
    const auto member = found.value->find(rest.front());
    if (member == found.value->end()) return {};
    found = {&*member, found.type == nullptr ? nullptr : found.type->field(rest.front()), {}};
  }
  return found;
}

bool Machine::print_untyped(const Json& value) {
  switch (value.type()) {
    case Json::value_t::string: scratch_ += value.get_ref<const std::string&>(); return true;
    case Json::value_t::boolean: scratch_ += value.get<bool>() ? "true" : "false"; return true;
    case Json::value_t::number_integer: scratch_ += std::to_string(value.get<std::int64_t>()); return true;
    case Json::value_t::number_unsigned: scratch_ += std::to_string(value.get<std::uint64_t>()); return true;
    case Json::value_t::number_float: scratch_ += fmt::format("{}", value.get<double>()); return true;
    default: return false;
  }
}

void Machine::print(const Instruction& instruction, Escape escape) {
  const auto& name = call().compiled->name_of(instruction);
  const auto found = resolve(name);
  if (found.value == nullptr || found.value->is_null()) return;
  if (found.type == nullptr && found.value->is_string()) return append_value(found.value->get_ref<const std::string&>(), found, escape);
  scratch_.clear();
  if (found.type != nullptr) {
    if (auto wrong = format_value(*found.value, *found.type, found.form, format_, scratch_)) {
      return stop("template_value", fmt::format("\"{}\" {}", name.text, *wrong));
    }
  } else if (!print_untyped(*found.value)) {
    const bool list = found.value->is_array();
    return stop("template_value", fmt::format("\"{0}\" is {1} and cannot be printed: {2}", name.text, list ? "a list" : "an object",
                                              list ? "use a section over it" : "name one of its fields"));
  }
  append_value(scratch_, found, escape);
}

void Machine::append_value(std::string_view text, const Found& found, Escape escape) {
  if (escape == Escape::none) return append(text);
  if (text.size() > options_.limits.output_bytes - out_.size()) return too_large();
  const auto before = out_.size();
  const bool broken_lines = escape == Escape::html && found.type != nullptr && found.type->type == VariableType::text;
  if (!broken_lines) {
    append_escaped(out_, text, escape);
  } else {
    for (std::size_t from = 0; from <= text.size();) {
      const auto newline = std::min(text.find('\n', from), text.size());
      auto line = text.substr(from, newline - from);
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (from != 0) out_ += "<br>\n";
      append_escaped(out_, line, escape);
      from = newline + 1;
    }
  }
  if (out_.size() > options_.limits.output_bytes) {
    out_.resize(before);
    too_large();
  }
}

bool Machine::deeper() {
  if (blocks_.size() + calls_.size() <= options_.limits.depth) return true;
  stop("template_too_deep",
       fmt::format("more than {} sections and partials inside each other: does a partial include itself?", options_.limits.depth));
  return false;
}

void Machine::open_section(const Instruction& instruction) {
  const auto found = resolve(call().compiled->name_of(instruction));
  if (!truthy(found.value)) {
    call().at = instruction.jump + 1;
    return;
  }
  if (!deeper()) return;
  Block block;
  block.framed = true;
  block.body = call().at;
  const bool once = !found.form.empty();  // {{#list.any}}
  if (found.value->is_array() && !once) {
    block.list = found.value;
    block.next = 1;
    const auto* element = found.type == nullptr ? nullptr : found.type->element();
    frames_.push_back({&found.value->front(), element});
  } else {
    frames_.push_back({found.value, found.type});
  }
  blocks_.push_back(block);
}

void Machine::open_inverted(const Instruction& instruction) {
  if (truthy(resolve(call().compiled->name_of(instruction)).value)) {
    call().at = instruction.jump + 1;
  } else if (deeper()) {
    blocks_.push_back({});
  }
}

void Machine::open_language(const Instruction& instruction) {
  if (!deeper()) return;
  Block block;
  block.locale = format_.locale;
  block.language = format_.language;
  format_.language = call().compiled->name_of(instruction).parts.back();
  format_.locale = find_locale(format_.language);
  blocks_.push_back(block);
}

void Machine::close_section() {
  auto& block = blocks_.back();
  if (block.list != nullptr && block.next < block.list->size()) {
    frames_.back().value = &(*block.list)[block.next++];
    call().at = block.body;
    return;
  }
  if (block.framed) frames_.pop_back();
  if (block.locale != nullptr) {
    format_.locale = block.locale;
    format_.language = block.language;
  }
  blocks_.pop_back();
}

void Machine::call_partial(const Instruction& instruction) {
  const auto& caller = *call().compiled;
  auto partial = partials_ ? partials_(caller.name_of(instruction).text, format_.language) : nullptr;
  if (partial == nullptr || !deeper()) return;
  const auto indent = std::string_view(caller.source()).substr(instruction.b, instruction.jump);
  if (indent_.size() + indent.size() > options_.limits.output_bytes) return too_large();
  const auto* compiled = partial.get();
  calls_.push_back({std::move(partial), compiled, 0, indent_.size()});
  indent_ += indent;
}

void Machine::return_from_partial() {
  indent_.resize(call().indent_before);
  calls_.pop_back();
}

}  // namespace

Result<std::string> render(const CompiledTemplate& compiled, const Json& data, const PartialLookup& partials,
                           const RenderOptions& options) {
  return Machine(partials, options).run(compiled, data);
}

}  // namespace messo
