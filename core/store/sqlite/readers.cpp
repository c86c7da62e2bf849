#include "store/sqlite/readers.hpp"

namespace messo::sqlite {

std::unique_ptr<Connection> Readers::borrow() {
  std::unique_lock hold(mutex_);
  bell_.wait(hold, [&] { return !idle_.empty() || made_ < most_; });
  if (!idle_.empty()) {
    auto out = std::move(idle_.back());
    idle_.pop_back();
    return out;
  }
  ++made_;
  hold.unlock();
  try {
    return std::make_unique<Connection>(file_, Connection::Mode::reader, cache_bytes_);
  } catch (...) {
    hold.lock();
    --made_;
    bell_.notify_one();
    throw;
  }
}

void Readers::give_back(std::unique_ptr<Connection> connection) {
  {
    const std::scoped_lock hold(mutex_);
    idle_.push_back(std::move(connection));
  }
  bell_.notify_one();
}

}  // namespace messo::sqlite
