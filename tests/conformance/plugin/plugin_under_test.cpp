#include "plugin_under_test.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
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

bool call_within(std::chrono::milliseconds limit, std::string_view what, Instance& one, std::vector<std::string>& broken,
                 std::function<void()> body) {
  if (one.left_behind()) return false;
  const auto threw = std::make_shared<std::atomic<bool>>(false);
  const bool back = comes_back(limit, [threw, body = std::move(body)] {
    try {
      body();
    } catch (...) {
      *threw = true;
    }
  });
  if (!back) {
    one.leave_behind();
    broken.push_back(fmt::format("{} had not returned after {} ms", what, limit.count()));
    return false;
  }
  if (*threw) broken.push_back(fmt::format("{} threw an exception across the border", what));
  return !*threw;
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
  if (instance_ != nullptr && !left_behind_ && !stopped_ && stop(std::chrono::seconds(2))) destroy();
}

std::int32_t Instance::submit(std::span<const OutgoingMessage> batch, std::chrono::milliseconds* took) {
  host_.expect(batch);
  struct Call {
    explicit Call(std::span<const OutgoingMessage> batch) : kept(batch.begin(), batch.end()), raw(kept) {}
    const std::vector<OutgoingMessage> kept;
    const BorderBatch raw;
    std::int32_t code = MESSO_E_INTERNAL;
  };
  const auto call = std::make_shared<Call>(batch);
  const auto start = Clock::now();
  std::vector<std::string> broken;
  call_within(std::chrono::seconds(10), "submit()", *this, broken,
              [call, table = &table_, instance = instance_] { call->code = table->submit(instance, call->raw.data(), call->raw.size()); });
  if (took != nullptr) *took = since(start);
  if (left_behind_) return kNever;
  return broken.empty() ? call->code : kThrew;
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
