// A gateway shaped like Skebby and Aruba SMS: sessions that end, order ids of the sender, calls without a signature.
#pragma once
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "peers/http_peer.hpp"

namespace messo::peers {

class SkebbyPeer {
 public:
  static constexpr auto kUser = "ufficio@comune.example.it";
  static constexpr auto kPassword = "parola segreta";

  SkebbyPeer() : server_([this](const PeerRequest& request) { return handle(request); }) {}

  std::string base_url() const { return server_.url() + "API/v1.0/REST/"; }
  void next(PeerReply reply);                // what the next request for a message gets instead, one each
  void expire_sessions();                    // what was handed out is no longer taken
  void expire_at_once(bool yes);             // nor is what is handed out from now on
  std::vector<nlohmann::json> sent() const;  // the bodies of messages taken
  std::size_t requests() const;              // for messages, taken or not
  std::size_t sign_ins() const;

 private:
  PeerReply handle(const PeerRequest& request);
  PeerReply sign_in(const PeerRequest& request);
  PeerReply take(const PeerRequest& request);
  bool knows(const PeerRequest& request) const;

  mutable std::mutex mutex_;
  std::deque<PeerReply> next_;
  std::set<std::string> sessions_, tokens_;
  std::vector<nlohmann::json> sent_;
  std::size_t requests_ = 0, sign_ins_ = 0;
  bool at_once_ = false;
  HttpPeer server_;  // last: its threads use the others
};

}  // namespace messo::peers
