// The composition root of messod: the only place that knows every part (house rule 4).
#pragma once
#include <memory>
#include <string>

#include "app/live_log.hpp"
#include "config/node_config.hpp"

namespace messo {

// One running hub. start, reload and stop from one thread.
class Daemon {
 public:
  // Opens the store, starts providers, dispatch, housekeeping and listeners, in this order; requests are answered once it returns. Makes
  // the data folder and the master key where they are missing. `clock` and `log` must outlive it. Errors: invalid (configuration, master
  // key), otherwise what could not be opened, with the remedy.
  static Result<std::unique_ptr<Daemon>> start(NodeConfig config, const Clock& clock, LiveLog& log);
  // Stops in the opposite order, if stop() was not called.
  virtual ~Daemon() = default;

  // Takes over what can change while it runs (Reload::live) and logs what waits for a restart.
  virtual void reload(const NodeConfig& wanted) = 0;
  // To be called every few seconds: providers that could not be started are tried again.
  virtual void tick() = 0;
  // Accepts nothing more, lets what is on the wire end within the configured time, makes outcomes durable, closes the store.
  virtual void stop() = 0;

  // Where it listens, for people: "API http://127.0.0.1:8780, administration http://127.0.0.1:8781, command line unix:/...".
  virtual std::string addresses() const = 0;
};

}  // namespace messo
