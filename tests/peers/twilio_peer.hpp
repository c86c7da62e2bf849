// A gateway shaped like Twilio: every request and every answer of its own is checked against Twilio's OpenAPI description
// (tests/data/sms). It signs its calls with OpenSSL directly, by Twilio's documentation and not by the plugin's code.
#pragma once
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "peers/http_peer.hpp"

namespace messo::peers {

// What the schema `schema` of the OpenAPI description `api` (3.0) finds wrong with `value`; "" when nothing is. `closed`: unknown members
// are wrong too.
std::string openapi_problem(const nlohmann::json& api, const nlohmann::json& schema, const nlohmann::json& value, bool closed);

class TwilioPeer {
 public:
  static constexpr auto kAccount = "AC0123456789abcdef0123456789abcdef";
  static constexpr auto kToken = "il-gettone-dell-account";

  struct Sent {
    std::string sid, to, body, from, callback;
    PeerPairs form;
  };
  // Called before the answer to a message leaves: a call of the gateway that comes first.
  using Before = std::function<void(const Sent&)>;

  explicit TwilioPeer(const std::string& openapi_file);

  std::string base_url() const { return server_.url() + "2010-04-01/"; }
  // What the next requests for a message get instead of 201, one each; a message is kept all the same where `kept`.
  void next(PeerReply reply, bool kept = false);
  void before_answers(Before before);

  std::vector<Sent> sent() const;
  std::size_t requests() const;               // for messages, kept or not
  std::vector<std::string> problems() const;  // with requests and answers, by the description

  struct Call {
    std::string url, body, signature;
  };
  // The call that tells of a message's status, signed with `token`.
  static Call call(const Sent& message, const std::string& status, const std::string& error = {}, const std::string& token = kToken);

 private:
  PeerReply handle(const PeerRequest& request);
  PeerReply create(const PeerRequest& request);
  nlohmann::json message_json(const Sent& message) const;
  void check_form(const PeerPairs& form);

  nlohmann::json api_;
  mutable std::mutex mutex_;
  std::deque<std::pair<PeerReply, bool>> next_;
  Before before_;
  std::vector<Sent> sent_;
  std::size_t requests_ = 0;
  std::vector<std::string> problems_;
  HttpPeer server_;  // last: its threads use the others
};

}  // namespace messo::peers
