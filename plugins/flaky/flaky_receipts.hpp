// Receipts as the script has them: in files that stand for mailboxes, and in calls of the "provider" (a test). Thread-safe.
#pragma once
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "messo_channel.hpp"

namespace flaky {

class ScriptedReceipts : public messo::plugin::PollsReceipts, public messo::plugin::TakesReceiptCalls {
 public:
  // `mailboxes` and `password` of the validated configuration.
  explicit ScriptedReceipts(std::string_view config_json);

  std::vector<Mailbox> mailboxes() override;
  Page poll(const Request& request) override;
  void ack(std::string_view mailbox, const std::vector<std::string_view>& ids, std::chrono::milliseconds timeout) override;
  Answer on_request(const Call& call) override;

 protected:
  // What hangs returns.
  void stop_receipts();

 private:
  struct File {
    Mailbox mailbox;
    std::string path;
  };
  const File& file_of(std::string_view mailbox) const;
  void hang(std::int64_t ms);

  std::vector<File> files_;
  std::string password_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
};

}  // namespace flaky
