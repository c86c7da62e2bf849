#include "plugin_under_test.hpp"

#include <array>
#include <future>
#include <thread>
#include <utility>

namespace messo::conformance {
namespace {

using Clock = std::chrono::steady_clock;

std::chrono::milliseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

}  // namespace

bool comes_back(std::chrono::milliseconds limit, std::function<void()> body) {
  const auto done = std::make_shared<std::promise<void>>();
  std::thread([done, body = std::move(body)] {
    body();
    done->set_value();
  }).detach();
  return done->get_future().wait_for(limit) == std::future_status::ready;
}

Instance::Instance(const messo_channel& table, const std::string& config_json) : table_(table), host_(immortal_host()) {
  std::array<char, 1024> room{};
  messo_buffer why{room.data(), room.size(), 0};
  const auto text = [&] {
    return why.len > 0 ? std::string(room.data(), std::min(why.len, room.size())) : std::string("it did not say why");
  };
  messo_instance* made = table.create({config_json.data(), config_json.size()}, host_.raw(), &why);
  if (made == nullptr) {
    problem_ = "create() refused the configuration: " + text();
    return;
  }
  const auto start = Clock::now();
  if (table.start(made, &why) != MESSO_OK) {
    problem_ = "start() failed: " + text();
    table.destroy(made);
    return;
  }
  start_took_ = since(start);
  instance_ = made;
}

Instance::~Instance() {
  if (instance_ != nullptr && !stopped_ && stop(std::chrono::seconds(2))) destroy();
}

std::int32_t Instance::submit(std::span<const OutgoingMessage> batch, std::chrono::milliseconds* took) {
  host_.expect(batch);
  const BorderBatch raw(batch);
  const auto start = Clock::now();
  const std::int32_t code = table_.submit(instance_, raw.data(), raw.size());
  if (took != nullptr) *took = since(start);
  return code;
}

bool Instance::stop(std::chrono::milliseconds drain) {
  if (std::exchange(stopped_, true)) return true;
  const bool back = comes_back(drain + std::chrono::seconds(2),
                               [this, drain, table = &table_, instance = instance_] { table->stop(instance, drain.count()); });
  host_.close();
  return back;
}

void Instance::destroy() {
  if (instance_ != nullptr) table_.destroy(instance_);
  instance_ = nullptr;
}

}  // namespace messo::conformance
