// The C++ way to write a channel plugin: derive from BlockingChannel (easy: one call sends one message) or Channel (asynchronous), say who
// you are in about(), export with MESSO_EXPORT_CHANNEL. Header-only, C++17, no dependency. The contract is messo_channel.h; the guide is
// docs/plugins.md; a skeleton to copy is plugins/template.
//
//   class MyChannel final : public messo::plugin::BlockingChannel {
//    public:
//     MyChannel(std::string_view config_json, messo::plugin::Host host);  // throws std::exception: a sentence naming field and remedy
//     static messo::plugin::About about();
//     messo::plugin::Outcome send(const messo::plugin::OwnedMessage& message) override;
//   };
//   MESSO_EXPORT_CHANNEL(MyChannel)
//
// No exception of yours crosses the border: in the constructor and start() it refuses the configuration with its what(); in submit() it
// makes attempts without an outcome doubtful; in send() it is the outcome `unknown`.
#pragma once
#include <chrono>
#include <exception>
#include <type_traits>

#include "messo_host.hpp"

namespace messo::plugin {

// Who the plugin is; the texts must be string literals or otherwise live as long as the library.
struct About {
  const char* name = "";                // bare library name: "smtp" for smtp.so
  const char* version = "";             // semantic version
  std::vector<const char*> channels;    // "email", "pec", "sms", "push", "io", "webhook"
  const char* config_schema_json = "";  // JSON Schema draft 7, additionalProperties false, "x-secret": true on secrets
  std::uint32_t preferred_batch = 1;    // messages per submit(): best, and at most
  std::uint32_t max_batch = 1;
  bool simulated = false;   // nothing leaves: deliveries end as `simulated`
  bool concurrent = false;  // submit() may be called by several threads at once
};

// The messages of one submit(); borrowed.
class Batch {
 public:
  Batch(const messo_message* const* first, std::size_t count) : first_(first), count_(count) {}
  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  Message operator[](std::size_t i) const { return Message(first_[i]); }

  class Iterator {
   public:
    explicit Iterator(const messo_message* const* at) : at_(at) {}
    Message operator*() const { return Message(*at_); }
    Iterator& operator++() { return ++at_, *this; }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const messo_message* const* at_;
  };
  Iterator begin() const { return Iterator(first_); }
  Iterator end() const { return Iterator(first_ + count_); }

 private:
  const messo_message* const* first_;
  std::size_t count_;
};

// The asynchronous form. Calls come one at a time (start, stop on a control thread; submit on a worker).
class Channel {
 public:
  explicit Channel(Host host) : host_(host) {}
  virtual ~Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  const Host& host() const { return host_; }
  // Starts threads and grants credits; must not wait for the network. Throws: could not start, with the reason.
  virtual void start() = 0;
  // Copies the batch (OwnedMessage) and returns at once; each attempt gets exactly one host().outcome(), now or later. false: busy,
  // nothing touched.
  virtual bool submit(Batch batch) = 0;
  // Finishes what is on the wire within `drain`, gives the rest back (given_back()). Afterwards every attempt has its outcome and nothing
  // calls the host any more.
  virtual void stop(std::chrono::milliseconds drain) = 0;

 private:
  Host host_;
};

// ---- extensions: derive from these beside Channel; the export macro lists them and makes their tables ---------------------------------

class Probes {  // probe/1
 public:
  struct Report {
    bool ok = false;
    std::string sentence;
  };
  virtual ~Probes() = default;
  // Tries the account without sending anything, within `limit`.
  virtual Report probe(std::chrono::milliseconds limit) = 0;
};
class Queries {  // query/1
 public:
  virtual ~Queries() = default;
  // Asks about an attempt in doubt; the answer goes through host().outcome(). A MESSO_ code.
  virtual std::int32_t query(const messo_id& attempt, const std::vector<Reference>& references) = 0;
};
class Cancels {  // cancel/1
 public:
  virtual ~Cancels() = default;
  virtual std::int32_t cancel(const messo_id& attempt) = 0;
};
class Resumes {  // resume/1
 public:
  virtual ~Resumes() = default;
  virtual std::int32_t resume(const Message& message, std::string_view checkpoint) = 0;
};
class Measures {  // measure/1
 public:
  struct Size {
    std::uint64_t units = 0;  // of what the channel is paid by: segments of SMS
    std::string sentence;     // how it came to that, for operators; without text of the message
  };
  virtual ~Measures() = default;
  // What the message would cost. Sends nothing, asks nobody over the network; the same message has the same size. Throws: it cannot be sent
  // so, what() says why.
  virtual Size measure(const Message& message) = 0;
};
class TellsBalance {  // balance/1
 public:
  struct Balance {
    std::string amount, currency;           // "12.34", "EUR"; empty: not told
    std::optional<std::uint64_t> messages;  // how many more may be sent
    std::string sentence;                   // for operators, without account data; may be empty
  };
  virtual ~TellsBalance() = default;
  // Asks the provider, within `limit`; nullopt when accounts of this configuration have none. Throws: what() is a sentence for operators.
  virtual std::optional<Balance> balance(std::chrono::milliseconds limit) = 0;
};
// receipts.poll/1 and receipts.callback/1: their calls come while submit() runs, and beside each other. Guard what they share.
class PollsReceipts {  // receipts.poll/1
 public:
  struct Mailbox {
    std::string name;                    // stable: the cursor is kept under it
    std::chrono::milliseconds every{0};  // 0: the hub decides
  };
  // A message of a mailbox, a row of a report list.
  struct Item {
    std::string id, raw;
    std::vector<Receipt> receipts;  // none: nothing of ours
    std::string code, problem;      // not empty: it could not be read; the hub tries again and puts it in quarantine
  };
  struct Request {
    std::string_view mailbox, cursor;     // cursor: the last durable one, empty at first
    std::vector<std::string_view> again;  // ids to hand out once more, wherever the cursor is
    std::size_t limit = 100;              // items at most, beside `again`
    std::chrono::milliseconds timeout{0};
  };
  struct Page {
    std::vector<Item> items;  // oldest first
    std::string cursor;       // where the next poll begins
    bool more = false;        // poll again at once
  };
  virtual ~PollsReceipts() = default;
  virtual std::vector<Mailbox> mailboxes() = 0;
  // Marks nothing at the provider. Throws: nothing counts, the hub polls again later; what() is for operators.
  virtual Page poll(const Request& request) = 0;
  // Durable: the provider's copies may go. Repeated after a crash: an id that is gone is no error.
  virtual void ack(std::string_view mailbox, const std::vector<std::string_view>& ids, std::chrono::milliseconds timeout) = 0;

 protected:
  // Reads one item so that it alone fails when `read` throws: its receipts, or code and what() as the problem.
  template <class F>
  static Item read_item(std::string id, std::string raw, const std::string& code_of_failure, F&& read) {
    Item item{std::move(id), std::move(raw), {}, {}, {}};
    try {
      item.receipts = read(std::string_view(item.raw));
    } catch (const std::exception& e) {
      item.code = code_of_failure;
      item.problem = e.what();
    }
    return item;
  }
};
class TakesReceiptCalls {  // receipts.callback/1
 public:
  struct Call {
    std::string_view method, path, query, headers_json, body, client_address, url;
  };
  struct Answer {
    std::uint32_t status = 204;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
    std::vector<Receipt> receipts;  // durable before the answer goes out
  };
  virtual ~TakesReceiptCalls() = default;
  // Checks signature or secret first. Throws: answered 500, nothing counts.
  virtual Answer on_request(const Call& call) = 0;
};

}  // namespace messo::plugin

#include "messo_blocking.hpp"
#include "messo_export.hpp"
