#include "app/live_log.hpp"

namespace messo {

LiveLog::LiveLog(std::ostream& out, LogFormat format, LogLevel level, const Clock& clock)
    : out_(out), clock_(clock), level_(level), log_(make_stream_log(out, format, level, clock)) {}

// Written under the lock: two inner logs never write to one stream at the same time.
void LiveLog::change(LogFormat format, LogLevel level) {
  log_.with([&](auto& log) { log = make_stream_log(out_, format, level, clock_); });
  level_ = level;
}

bool LiveLog::enabled(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }

void LiveLog::write(LogLevel level, std::string_view id, std::string_view text, std::initializer_list<LogField> fields) {
  log_.with([&](auto& log) { log->write(level, id, text, fields); });
}

}  // namespace messo
