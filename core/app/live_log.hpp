// The daemon's log, whose level and format can change while it runs.
#pragma once
#include <atomic>
#include <iosfwd>

#include "base/guarded.hpp"
#include "base/log.hpp"

namespace messo {

// Thread-safe. `out` and `clock` must outlive it.
class LiveLog final : public Log {
 public:
  LiveLog(std::ostream& out, LogFormat format, LogLevel level, const Clock& clock);
  // Lines begun before it returns may still have the old form.
  void change(LogFormat format, LogLevel level);

  bool enabled(LogLevel level) const override;
  void write(LogLevel level, std::string_view id, std::string_view text, std::initializer_list<LogField> fields) override;

 private:
  std::ostream& out_;
  const Clock& clock_;
  std::atomic<LogLevel> level_;  // apart, so that asking costs no lock
  Guarded<std::shared_ptr<Log>> log_;
};

}  // namespace messo
