#include "peers/skebby_peer.hpp"

#include "base/hash.hpp"

namespace messo::peers {
namespace {

using SkebbyJson = nlohmann::json;

constexpr auto kRoot = "/API/v1.0/REST/";

PeerReply said(int status, const SkebbyJson& body) { return {status, body.dump()}; }

std::string header(const PeerRequest& request, const std::string& name) {
  const auto at = request.headers.find(name);
  return at == request.headers.end() ? std::string() : at->second;
}

}  // namespace

void SkebbyPeer::next(PeerReply reply) {
  const std::scoped_lock hold(mutex_);
  next_.push_back(std::move(reply));
}
void SkebbyPeer::expire_sessions() {
  const std::scoped_lock hold(mutex_);
  sessions_.clear();
  tokens_.clear();
}
void SkebbyPeer::expire_at_once(bool yes) {
  const std::scoped_lock hold(mutex_);
  at_once_ = yes;
}
std::vector<SkebbyJson> SkebbyPeer::sent() const {
  const std::scoped_lock hold(mutex_);
  return sent_;
}
std::size_t SkebbyPeer::requests() const {
  const std::scoped_lock hold(mutex_);
  return requests_;
}
std::size_t SkebbyPeer::sign_ins() const {
  const std::scoped_lock hold(mutex_);
  return sign_ins_;
}

PeerReply SkebbyPeer::handle(const PeerRequest& request) {
  const std::scoped_lock hold(mutex_);
  const auto what = request.path.starts_with(kRoot) ? request.path.substr(std::string(kRoot).size()) : std::string();
  if (request.method == "GET" && (what == "login" || what == "token")) return sign_in(request);
  if (!knows(request)) return said(401, {{"result", "Unauthorized"}});
  if (request.method == "GET" && what == "status") return said(200, {{"money", 12.5}, {"sms", {{{"type", "GP"}, {"quantity", 180}}}}});
  if (request.method == "POST" && what == "sms") return take(request);
  return said(404, {{"result", "Not found"}});
}

PeerReply SkebbyPeer::sign_in(const PeerRequest& request) {
  ++sign_ins_;
  // By its documentation 404 says that the credentials are wrong.
  if (header(request, "authorization") != "Basic " + to_base64(std::string(kUser) + ":" + kPassword)) return {404, "", "text/plain"};
  const bool session = request.path.ends_with("login");
  auto key = (session ? "sessione" : "gettone") + std::to_string(sign_ins_);
  if (!at_once_) (session ? sessions_ : tokens_).insert(key);
  return {200, "utente-17;" + key, "text/plain"};
}

bool SkebbyPeer::knows(const PeerRequest& request) const {
  if (header(request, "user_key") != "utente-17") return false;
  return sessions_.contains(header(request, "session_key")) || tokens_.contains(header(request, "access_token"));
}

PeerReply SkebbyPeer::take(const PeerRequest& request) {
  ++requests_;
  if (!next_.empty()) {
    auto reply = next_.front();
    next_.pop_front();
    return reply;
  }
  const auto body = SkebbyJson::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("message") || !body.contains("message_type") || !body.value("recipient", SkebbyJson()).is_array())
    return said(400, {{"result", "Bad request"}});
  for (const auto& earlier : sent_) {
    if (earlier.value("order_id", "") == body.value("order_id", "-")) return said(400, {{"result", "Duplicated order id"}});
  }
  sent_.push_back(body);
  return said(201, {{"result", "OK"},
                    {"order_id", body.value("order_id", "generated")},
                    {"total_sent", 1},
                    {"remaining_credits", 179},
                    {"internal_order_id", "99" + std::to_string(sent_.size())}});
}

}  // namespace messo::peers
