#include "dispatch/doubt_asker.hpp"

#include <condition_variable>
#include <mutex>

namespace messo {
namespace {

using namespace std::chrono_literals;
constexpr Millis kLookEvery{1'000};
constexpr Millis kLineStop{2'000};

}  // namespace

// Shared with its thread, because a plugin may never come back.
class DoubtAsker::Line : public std::enable_shared_from_this<Line> {
 public:
  struct Work {
    ProviderPortPtr port;
    std::vector<DoubtQuestion> questions;
    std::function<void(const DoubtQuestion&, const Status&)> done;
    std::function<void()> all_done;
  };

  void start() {
    thread_ = std::thread([self = shared_from_this()] { self->run(); });
  }
  bool busy() {
    const std::scoped_lock hold(mutex_);
    return work_.has_value();
  }
  void give(Work work) {
    {
      const std::scoped_lock hold(mutex_);
      work_ = std::move(work);
    }
    changed_.notify_all();
  }
  // False when it is still inside the plugin.
  bool stop() {
    std::unique_lock hold(mutex_);
    ends_ = true;
    changed_.notify_all();
    const bool ended = changed_.wait_for(hold, kLineStop, [this] { return ended_; });
    hold.unlock();
    ended ? thread_.join() : thread_.detach();
    return ended;
  }

 private:
  void run() {
    std::unique_lock hold(mutex_);
    for (;;) {
      changed_.wait(hold, [this] { return ends_ || work_.has_value(); });
      if (ends_) break;
      for (const DoubtQuestion& question : work_->questions) {
        if (ends_) break;
        hold.unlock();
        const Status put = work_->port->query(question.attempt, question.references);
        hold.lock();
        if (!ends_) work_->done(question, put);  // whoever would be told lives: stop() needs this lock
      }
      const auto all_done = std::move(work_->all_done);
      work_.reset();
      if (!ends_) all_done();
    }
    ended_ = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Work> work_;
  bool ends_ = false;
  bool ended_ = false;
  std::thread thread_;
};

DoubtAsker::DoubtAsker(Parts parts) : parts_(std::move(parts)) {}

DoubtAsker::~DoubtAsker() { stop(); }

void DoubtAsker::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void DoubtAsker::stop() {
  stopping_ = true;
  bell_.ring();
  if (thread_.joinable()) thread_.join();
  for (auto& [provider, line] : lines_) {
    if (line->stop()) continue;
    parts_.log.error("MSO-3053",
                     "a plugin does not come back from the question about a message in doubt and is left behind. Report it to its author",
                     {{"provider", provider.to_string()}});
  }
  lines_.clear();
}

void DoubtAsker::run() {
  while (!stopping_) {
    if (!turn()) bell_.wait(kLookEvery);
  }
}

bool DoubtAsker::turn() {
  const DirectoryPtr directory = parts_.store.directory().snapshot();
  bool more = false;
  for (const ProviderPortPtr& port : parts_.ports()) {
    if (stopping_) return false;
    // The directory, not the instance, says what is wanted now: on_doubt alone does not start a new one.
    const auto known = directory->providers.find(port->settings().id);
    const Provider& settings = known == directory->providers.end() ? port->settings() : known->second;
    const bool by_itself = settings.on_doubt == OnDoubt::ask;
    if (port->can_query()) {
      more = ask(port, by_itself) || more;
    } else if (by_itself) {
      warn_of_mute(settings);
    }
  }
  return more;
}

DoubtAsker::Line& DoubtAsker::line_of(ProviderId provider) {
  auto& line = lines_[provider];
  if (line == nullptr) {
    line = std::make_shared<Line>();
    line->start();
  }
  return *line;
}

bool DoubtAsker::ask(const ProviderPortPtr& port, bool by_itself) {
  const ProviderId provider = port->settings().id;
  if (const auto line = lines_.find(provider); line != lines_.end() && line->second->busy()) return false;
  const Instant now = parts_.clock.now();
  auto due = parts_.store.doubts().questions(provider, by_itself, now, kQuestionsAtOnce);
  Result<std::vector<bool>> open = std::vector<bool>{};
  std::vector<DoubtStep> steps;
  if (due) {
    if (due->empty()) return false;
    for (const DoubtQuestion& question : *due) steps.push_back(next_step(question, now));
    open = parts_.store.doubts().proceed(steps, now);
  }
  if (!due || !open) {
    const Error& error = due ? open.error() : due.error();
    parts_.metrics.store_errors.fetch_add(1, std::memory_order_relaxed);
    if (!std::exchange(store_failing_, true)) {
      parts_.log.warning("MSO-3051", "questions about messages in doubt cannot be written down; they are put later. Check the disk",
                         {{"code", error.code}, {"detail", error.detail}});
    }
    return false;
  }
  store_failing_ = false;
  Line::Work work{port, {}, {}, [this] { bell_.ring(); }};
  std::size_t held = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!(*open)[i]) continue;
    if (steps[i].held == Held::no) {
      work.questions.push_back(std::move((*due)[i]));
    } else {
      ++held;
    }
  }
  if (held > 0) {
    parts_.metrics.doubts_held.fetch_add(held, std::memory_order_relaxed);
    parts_.log.warning("MSO-3052",
                       "a provider could not say in time what became of some messages: they are on hold. Decide with `messo doubt list`",
                       {{"provider", port->settings().key}, {"count", std::to_string(held)}});
  }
  if (parts_.events_changed) parts_.events_changed();
  parts_.metrics.questions.fetch_add(work.questions.size(), std::memory_order_relaxed);
  const bool full = due->size() == kQuestionsAtOnce;
  if (work.questions.empty()) return full;
  work.done = [this](const DoubtQuestion& question, const Status& put) {
    if (put) return;
    parts_.metrics.questions_failed.fetch_add(1, std::memory_order_relaxed);
    if (put.error().code != "cannot_say") return;  // it is put again
    const DoubtStep step{question.delivery, question.attempt, {}, Held::cannot_say};
    if (parts_.store.doubts().proceed({&step, 1}, parts_.clock.now())) parts_.metrics.doubts_held.fetch_add(1, std::memory_order_relaxed);
    if (parts_.events_changed) parts_.events_changed();
  };
  line_of(provider).give(std::move(work));
  return false;  // its line is busy now
}

void DoubtAsker::warn_of_mute(const Provider& provider) {
  if (!warned_.emplace(provider.id, provider.version).second) return;
  parts_.log.warning("MSO-3050",
                     "a provider's on_doubt is \"ask\", but its plugin cannot be asked (it has no query/1): what is in doubt waits for an "
                     "operator. Say \"hold\", or use a plugin that can be asked",
                     {{"provider", provider.key}, {"plugin", provider.plugin}});
}

}  // namespace messo
