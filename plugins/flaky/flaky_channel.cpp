// A provider that does what its script says: also an example of the asynchronous form, one thread that works a list of timed actions.
#include <condition_variable>
#include <deque>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

#include "config_schema_json.hpp"
#include "flaky_receipts.hpp"
#include "flaky_script.hpp"
#include "messo_channel.hpp"

namespace {

using namespace messo::plugin;
using flaky::Plan;
using flaky::Reply;

// The messages that arrived, as the provider's own books; survives the hub.
class Ledger {
 public:
  explicit Ledger(std::string path) : path_(std::move(path)) {}
  void write(const messo_id& attempt, const messo_id& delivery, const std::string& to) {
    if (path_.empty()) return;
    const std::lock_guard<std::mutex> hold(mutex_);
    std::ofstream out(path_, std::ios::app);
    out << to_string(attempt) + " " + to_string(delivery) + " " + to + "\n" << std::flush;
  }
  bool has(const messo_id& attempt) {
    const std::lock_guard<std::mutex> hold(mutex_);
    std::ifstream in(path_);
    const std::string wanted = to_string(attempt);
    for (std::string line; std::getline(in, line);) {
      if (line.compare(0, wanted.size(), wanted) == 0) return true;
    }
    return false;
  }

 private:
  std::string path_;
  std::mutex mutex_;
};

struct Held {
  messo_id attempt, delivery;
  std::string to;
  Plan plan;
  bool to_keep = false;  // as it is sent, or its reference, before anything else
};

class FlakyChannel final : public Channel, public Probes, public Queries, public TellsBalance, public flaky::ScriptedReceipts {
 public:
  FlakyChannel(std::string_view config_json, Host host) : FlakyChannel(flaky::Config::from(config_json), config_json, host) {}

  static About about() {
    About about;
    about.name = "flaky";
    about.version = "0.1.0";
    about.channels = {"pec", "email", "sms", "push", "io", "webhook"};
    about.config_schema_json = kConfigSchema;
    about.preferred_batch = 20;
    about.max_batch = 100;
    return about;
  }

  void start() override {
    thread_ = std::thread([this] { work(); });
    if (config_.start_paused_ms > 0) {
      host().credits(config_.credits, host().now_ms() + config_.start_paused_ms, "script: the account is closed until later");
    } else {
      host().credits(config_.credits);
    }
  }

  bool submit(Batch batch) override {
    std::vector<Held> taken;
    for (const Message message : batch) {
      Held one{message.attempt(), message.delivery(), std::string(message.to()), script_.next(message), false};
      if (one.plan.reply == Reply::busy) return false;
      if (host().now_ms() >= message.send_before_ms()) one.plan = too_late();
      if (one.plan.late) one.plan.delay_ms += std::max<std::int64_t>(message.answer_by_ms() - host().now_ms(), 0);
      one.to_keep = one.plan.as_sent > 0 || one.plan.expects;
      taken.push_back(std::move(one));
    }
    for (Held& one : taken) {
      if (one.plan.reply != Reply::thrown) continue;
      if (one.plan.arrives) ledger_.write(one.attempt, one.delivery, one.to);
      throw std::runtime_error("the script says so");
    }
    const std::lock_guard<std::mutex> hold(mutex_);
    const std::int64_t now = host().steady_ms();
    for (Held& one : taken) {
      const std::int64_t due = one.to_keep ? now : now + one.plan.delay_ms;
      due_.emplace(due, std::move(one));
    }
    wake_.notify_all();
    return true;
  }

  void stop(std::chrono::milliseconds drain) override {
    stop_receipts();
    std::unique_lock<std::mutex> hold(mutex_);
    idle_.wait_for(hold, drain, [this] { return due_.empty() && !working_; });
    ends_ = true;
    auto rest = std::move(due_);
    due_.clear();
    hold.unlock();
    wake_.notify_all();
    thread_.join();
    rest.merge(due_);  // what the thread put back when it was told to end
    for (const auto& [due, one] : rest) {
      if (one.plan.reply != Reply::drop) host().outcome(one.attempt, given_back());
    }
  }

  Report probe(std::chrono::milliseconds) override {
    return config_.probe_ok ? Report{true, "The script is ready."}
                            : Report{false, "password: the script says it is wrong; correct the script"};
  }

  std::optional<Balance> balance(std::chrono::milliseconds) override {
    if (!config_.balance_problem.empty()) throw std::runtime_error(config_.balance_problem);
    return config_.balance;
  }

  std::int32_t query(const messo_id& attempt, const std::vector<Reference>&) override {
    const std::string answer = next_answer(attempt);
    if (answer == "throw") throw std::runtime_error("the script says so");
    if (answer == "busy") return MESSO_E_BUSY;
    if (answer == "cannot_say") return MESSO_E_NOT_FOUND;
    if (answer == "hang") hang();
    if (answer == "sent") host().outcome(attempt, sent("flaky.found"));
    if (answer == "pending") host().outcome(attempt, pending({{"flaky_id", to_string(attempt), 0}}, "flaky.found"));
    if (answer == "refused") host().outcome(attempt, refused("flaky.found_refused", "The provider did not take it."));
    if (answer == "unknown") host().outcome(attempt, unknown("flaky.still_unknown", "The provider does not know yet."));
    if (answer == "try_later") host().outcome(attempt, try_later("flaky.not_found", "The provider has never seen the message."));
    return MESSO_OK;  // "never": no answer comes
  }

 private:
  // By the script, else by the books: what is not in them certainly did not arrive. Without books nobody knows.
  std::string next_answer(const messo_id& attempt) {
    if (config_.queries.empty() && config_.ledger.empty()) return "cannot_say";
    if (config_.queries.empty()) return ledger_.has(attempt) ? "sent" : "try_later";
    const std::size_t nth = asked_[to_string(attempt)]++;
    return config_.queries[std::min(nth, config_.queries.size() - 1)];
  }
  void hang() {
    std::unique_lock<std::mutex> hold(mutex_);
    wake_.wait(hold, [this] { return ends_; });
  }

  FlakyChannel(flaky::Config config, std::string_view config_json, Host host)
      : Channel(host), ScriptedReceipts(config_json), config_(std::move(config)), script_(config_), ledger_(config_.ledger) {}

  void work() {
    std::unique_lock<std::mutex> hold(mutex_);
    while (!ends_) {
      const std::int64_t now = host().steady_ms();
      const bool answer_due = !due_.empty() && due_.begin()->first <= now;
      const bool receipt_due = !receipts_.empty() && receipts_.begin()->first <= now;
      if (!answer_due && !receipt_due) {
        wait(hold, now);
        continue;
      }
      working_ = true;
      if (answer_due) {
        Held one = std::move(due_.begin()->second);
        due_.erase(due_.begin());
        hold.unlock();
        if (one.to_keep) {
          keep(std::move(one));
        } else {
          answer(one);
        }
      } else {
        const Receipt receipt = std::move(receipts_.begin()->second);
        receipts_.erase(receipts_.begin());
        hold.unlock();
        host().receipts({receipt});
      }
      hold.lock();
      working_ = false;
      idle_.notify_all();
    }
  }

  // Bounded, because the hub's clock may be a test's.
  void wait(std::unique_lock<std::mutex>& hold, std::int64_t now) {
    std::int64_t next = now + 20;
    if (!due_.empty()) next = std::min(next, due_.begin()->first);
    if (!receipts_.empty()) next = std::min(next, receipts_.begin()->first);
    wake_.wait_for(hold, std::chrono::milliseconds(std::max<std::int64_t>(next - now, 1)));
  }

  // The message leaves only once the hub has it: before that it is certainly not out.
  void keep(Held one) {
    std::string bytes = "Message-ID: <" + to_string(one.delivery) + ">\r\n\r\n";
    bytes.resize(one.plan.as_sent, 'x');
    const std::vector<Reference> references{{"flaky_id", to_string(one.attempt), 0}};
    one.to_keep = false;
    if (one.plan.expects ? !host().expect(one.attempt, references) : !host().keep_as_sent(one.attempt, bytes, references)) {
      one.plan = too_late();
      one.plan.code = "flaky.not_kept";
    }
    const std::lock_guard<std::mutex> hold(mutex_);
    const std::int64_t due = host().steady_ms() + one.plan.delay_ms;
    due_.emplace(due, std::move(one));
  }

  void answer(const Held& one) {
    const Plan& plan = one.plan;
    if (plan.reply == Reply::sent || plan.reply == Reply::pending || plan.arrives) {
      if (plan.reply != Reply::try_later && plan.reply != Reply::refused) ledger_.write(one.attempt, one.delivery, one.to);
    }
    if (plan.receipt_early) send_receipt(one, 0);
    if (plan.reply == Reply::drop) return;
    const Outcome outcome = make(one);
    host().outcome(one.attempt, outcome);
    if (plan.twice) host().outcome(one.attempt, outcome);
    if (!plan.receipt_early) send_receipt(one, plan.receipt_after_ms);
  }

  static Plan too_late() {
    Plan plan;
    plan.reply = Reply::try_later;
    plan.code = "flaky.too_late";
    plan.receipt = "none";
    return plan;
  }

  static Outcome make(const Held& one) {
    const std::string code = one.plan.code.empty() ? "flaky." + std::string(name_of(one.plan.reply)) : one.plan.code;
    Outcome out;
    switch (one.plan.reply) {
      case Reply::pending: out = pending({{"flaky_id", to_string(one.attempt), 0}}, code); break;
      case Reply::try_later: out = try_later(code, "The provider does not take it now."); break;
      case Reply::refused: out = refused(code, "The provider does not take it."); break;
      case Reply::unknown: out = unknown(code, "The connection broke before the provider answered."); break;
      default: out = sent(code); break;
    }
    if (one.plan.receipt != "none" && out.references.empty()) out.references.push_back({"flaky_id", to_string(one.attempt), 0});
    out.scope = one.plan.scope;
    out.throttled = one.plan.throttled;
    out.retry_after_ms = one.plan.retry_after_ms;
    return out;
  }

  void send_receipt(const Held& one, std::int64_t after_ms) {
    if (one.plan.receipt == "none") return;
    Receipt receipt;
    receipt.verification = MESSO_VALID;
    receipt.at_ms = host().now_ms() + after_ms;
    receipt.dedupe_key = to_string(one.attempt) + "/" + one.plan.receipt;
    receipt.code = "flaky." + one.plan.receipt;
    receipt.references.push_back({"flaky_id", to_string(one.attempt), 0});
    if (one.plan.receipt == "delivered") receipt.kind = MESSO_RECEIPT_DELIVERED;
    if (one.plan.receipt == "undelivered") receipt.kind = MESSO_RECEIPT_UNDELIVERED;
    if (one.plan.receipt == "read") receipt.milestone = MESSO_MILESTONE_READ;
    if (after_ms == 0) {
      host().receipts({receipt});
      return;
    }
    const std::lock_guard<std::mutex> hold(mutex_);
    receipts_.emplace(host().steady_ms() + after_ms, std::move(receipt));
  }

  flaky::Config config_;
  flaky::Script script_;  // of submit(), one call at a time
  Ledger ledger_;
  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::map<std::string, std::size_t> asked_;  // by attempt; of query(), one call at a time
  std::multimap<std::int64_t, Held> due_;     // by steady time
  std::multimap<std::int64_t, Receipt> receipts_;
  bool working_ = false;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace

MESSO_EXPORT_CHANNEL(FlakyChannel)
