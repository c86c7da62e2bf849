// Structured log with stable ids. Text and fields never hold message content, addresses or secrets.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace messo {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

struct LogField {
  std::string_view name;
  std::string value;
};

// Thread-safe; a line is written whole. Writing may block on the output, so keep it off per-message paths above debug.
class Log {
 public:
  virtual ~Log() = default;
  virtual bool enabled(LogLevel level) const = 0;
  // `id`: stable, "MSO-1204", listed in docs/operators/log-messages.md; `text`: a sentence with what to do about it.
  virtual void write(LogLevel level, std::string_view id, std::string_view text, std::initializer_list<LogField> fields = {}) = 0;

  void debug(std::string_view id, std::string_view text, std::initializer_list<LogField> f = {}) {
    if (enabled(LogLevel::debug)) write(LogLevel::debug, id, text, f);
  }
  void info(std::string_view id, std::string_view text, std::initializer_list<LogField> f = {}) { write(LogLevel::info, id, text, f); }
  void warning(std::string_view id, std::string_view text, std::initializer_list<LogField> f = {}) {
    write(LogLevel::warning, id, text, f);
  }
  void error(std::string_view id, std::string_view text, std::initializer_list<LogField> f = {}) { write(LogLevel::error, id, text, f); }
};

enum class LogFormat : std::uint8_t { text, json };

// Writes lines at or above `level` to `out`, which must outlive it.
std::unique_ptr<Log> make_stream_log(std::ostream& out, LogFormat format, LogLevel level, const Clock& clock);
// Drops everything; for tests.
std::unique_ptr<Log> make_null_log();

}  // namespace messo
