#include "base/log.hpp"

#include <mutex>
#include <ostream>

namespace messo {
namespace {

constexpr std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return "error";
}

// JSON string escaping (RFC 8259 §7); also keeps a text line on one line.
void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out.append("\\u00").append({kHex[static_cast<unsigned char>(c) >> 4], kHex[c & 15]});
        } else {
          out += c;
        }
    }
  }
}

class StreamLog final : public Log {
 public:
  StreamLog(std::ostream& out, LogFormat format, LogLevel level, const Clock& clock)
      : out_(out), format_(format), level_(level), clock_(clock) {}

  bool enabled(LogLevel level) const override { return level >= level_; }

  void write(LogLevel level, std::string_view id, std::string_view text, std::initializer_list<LogField> fields) override {
    if (!enabled(level)) return;
    std::string line;
    line.reserve(160);
    format_ == LogFormat::json ? json_line(line, level, id, text, fields) : text_line(line, level, id, text, fields);
    line += '\n';
    const std::scoped_lock hold(mutex_);
    out_.clear();  // a full disk a moment ago must not silence the log for good
    out_.write(line.data(), static_cast<std::streamsize>(line.size()));
    out_.flush();
  }

 private:
  void json_line(std::string& line, LogLevel level, std::string_view id, std::string_view text,
                 std::initializer_list<LogField> fields) const {
    line.append(R"({"time":")")
        .append(to_rfc3339(clock_.now()))
        .append(R"(","level":")")
        .append(name_of(level))
        .append(R"(","id":")")
        .append(id);
    line.append(R"(","text":")");
    append_escaped(line, text);
    line += '"';
    for (const auto& field : fields) {
      line.append(",\"").append(field.name).append("\":\"");
      append_escaped(line, field.value);
      line += '"';
    }
    line += '}';
  }

  void text_line(std::string& line, LogLevel level, std::string_view id, std::string_view text,
                 std::initializer_list<LogField> fields) const {
    line.append(to_rfc3339(clock_.now())).append(" ").append(name_of(level)).append(" ").append(id).append(" ");
    append_escaped(line, text);
    for (const auto& field : fields) {
      line.append(" ").append(field.name).append("=\"");
      append_escaped(line, field.value);
      line += '"';
    }
  }

  std::ostream& out_;
  LogFormat format_;
  LogLevel level_;
  const Clock& clock_;
  std::mutex mutex_;
};

class NullLog final : public Log {
 public:
  bool enabled(LogLevel) const override { return false; }
  void write(LogLevel, std::string_view, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace

std::unique_ptr<Log> make_stream_log(std::ostream& out, LogFormat format, LogLevel level, const Clock& clock) {
  return std::make_unique<StreamLog>(out, format, level, clock);
}
std::unique_ptr<Log> make_null_log() { return std::make_unique<NullLog>(); }

}  // namespace messo
