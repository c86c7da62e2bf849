// Compiled Mustache (mustache(5)): interpolation, sections, inverted sections, comments, partials, set delimiters; no lambdas, no
// inheritance. Our own engine: docs/decisions/0003-mustache-engine.md says why. Pure, no I/O.
//
// What the manual leaves open is fixed here: false, null, "", [] and missing values are falsy (0 is not); a section over any other value
// that is not a list runs once with the value as its context; partials may include themselves up to the depth limit.
//
// With `message` set, two words are the hub's: a section {{#in.de}}...{{/in.de}} formats typed values in German, and {{language}} prints
// the language being used ("de").
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/result.hpp"
#include "template/escape.hpp"
#include "template/format.hpp"

namespace messo {

struct Variable;

struct MustacheLimits {
  std::size_t source_bytes = 256 * 1024;
  std::size_t output_bytes = 4 * 1024 * 1024;
  std::uint32_t depth = 64;         // sections and partials open at once
  std::uint64_t steps = 2'000'000;  // instructions executed: bounds loops that print nothing
};

struct CompileOptions {
  std::string name;      // as messages show it: "it/email.text.mustache"
  bool message = false;  // {{#in.xx}} and {{language}}
  MustacheLimits limits{};
};

struct Position {
  std::uint32_t line = 1;    // from 1
  std::uint32_t column = 1;  // from 1, in characters
};
// Where and why a template cannot be compiled. `sentence` says how to mend it.
struct SyntaxError {
  Position position;
  std::string sentence;
};
// invalid, "template_syntax"; the field is "name:line:column".
Error to_error(const SyntaxError& error, std::string_view name);

// Immutable, shared by any number of threads.
class CompiledTemplate {
 public:
  enum class Op : std::uint8_t {
    text,         // source bytes [a, a+b)
    variable,     // name a, escaped
    raw,          // name a, as it is
    section,      // name a; `jump` is its end
    inverted,     // name a
    in_language,  // section in the language name a
    end,          // of the section at `jump`
    partial,      // name a; source bytes [b, b+jump) are its indentation
    indent,       // a line begins with a tag here: print the indentation of the partial we are in
    language,     // the language in use
  };
  struct Instruction {
    Op op = Op::text;
    bool starts_line = false;  // text: its first byte begins a line of the template
    std::uint32_t a = 0;
    std::uint32_t b = 0;
    std::uint32_t jump = 0;
    std::uint32_t offset = 0;  // of the tag in the source
  };
  struct Name {
    std::string text;                // as written
    std::vector<std::string> parts;  // split at dots; empty for "."
  };

  static tl::expected<std::shared_ptr<const CompiledTemplate>, SyntaxError> compile(std::string source, const CompileOptions& options);

  const std::string& name() const { return name_; }
  const std::string& source() const { return source_; }
  std::span<const Instruction> instructions() const { return instructions_; }
  const Name& name_of(const Instruction& instruction) const { return names_[instruction.a]; }
  // Reads the source up to there: for messages, not for loops.
  Position position_of(const Instruction& instruction) const;
  std::string_view text_of(const Instruction& i) const { return std::string_view(source_).substr(i.a, i.b); }
  // The names of the partials included here, sorted, each once.
  std::vector<std::string> partials() const;

 private:
  friend class MustacheCompiler;
  std::string name_;
  std::string source_;
  std::vector<Instruction> instructions_;
  std::vector<Name> names_;
};

// `language` is the one in use where the partial is included. Null: there is no such partial, which renders as nothing (lint refuses it in
// templates of the hub).
using PartialLookup = std::function<std::shared_ptr<const CompiledTemplate>(std::string_view name, std::string_view language)>;

struct RenderOptions {
  Escape escape = Escape::html;
  const Variable* types = nullptr;  // declared variables; null: print JSON as it is. Borrowed for the call.
  FormatContext format{};           // language and zone of typed values
  MustacheLimits limits{};
};

// `data` is any JSON value. Thread-safe. Errors, all with name, line and column: template_too_deep, template_too_large,
// template_too_long_running, template_value (an object or a list of objects where a text is wanted, a value that does not fit its type).
Result<std::string> render(const CompiledTemplate& compiled, const nlohmann::json& data, const PartialLookup& partials,
                           const RenderOptions& options = {});

}  // namespace messo
