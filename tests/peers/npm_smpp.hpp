// The npm package `smpp` at both ends: an SMSC that nobody of Messo wrote, as a process of its own, scripted by the story
// (tests/peers/npm/smsc.cjs), and a client for SMSCs that speak through Messo's codec (esme.cjs). packaging/install-deps test fetches the
// package.
#pragma once
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "peers/test_certificates.hpp"
#include "scenario/support/peer_process.hpp"

namespace messo::peers {

// Why neither can be started here, for GTEST_SKIP; nothing when they can.
std::optional<std::string> npm_smpp_missing();

// Not thread-safe. Errors, a setting or rule that does not exist among them, are std::runtime_error.
class NpmSmsc {
 public:
  using Json = nlohmann::json;

  // Takes connections on 127.0.0.1 when it returns; `settings` as for set(). The account is messo / segreto. `tls`: TLS from the first
  // octet.
  explicit NpmSmsc(const Json& settings = Json::object(), bool tls = false);

  std::uint16_t port() const { return process_.port(); }
  std::string ca_file() const { return authority_ ? authority_->ca_file() : std::string(); }

  // From now on. accounts {"system_id": "password"}, binds [kinds allowed], bind_status (number or "ESME_..."), bind_delay_ms, window,
  // per_second, answers_per_second, senders [addresses allowed], id_radix, receipt_radix, id_digits, receipt_id_digits, upper_case,
  // receipt_keys ("lower", "upper"), receipt_seconds, echo_reference, packed, query, cut_requests (so many of the next submits end in the
  // middle).
  void set(const Json& values) { tell("set", values); }

  // What happens to messages that match {to, from, text: contained in it; part: its number}, at most `times` times: status,
  // response_delay_ms, silent, cut ("response"), states [receipts in that order], error, receipt ("text", "tlv", "both", "none"),
  // receipt_delay_ms, receipt_times, receipt_first, receipt_on ("same", "other", "any"). Of several rules the later one wins.
  void rule(const Json& rule) { tell("rule", rule); }
  void clear_rules() { tell("clear"); }

  // Receipts and inbound messages wait, until release, which sends them in the order "given", "reverse" or "random".
  void hold() { tell("hold"); }
  void release(const std::string& order = "given") { tell("release", {{"order", order}}); }
  // Receipts of these states for the messages to `to` (contained; empty: all), whatever was told before.
  void send_receipts(const std::string& to, const std::vector<std::string>& states) { tell("receipts", {{"to", to}, {"states", states}}); }
  // They have that state, and no receipt says so: only query_sm tells.
  void becomes(const std::string& to, const std::string& state) { tell("becomes", {{"to", to}, {"state", state}}); }
  // A citizen writes.
  void inbound(const std::string& from, const std::string& to, const std::string& text) {
    tell("inbound", {{"from", from}, {"to", to}, {"text", text}});
  }

  void drop() { tell("drop"); }      // cuts TCP of all binds
  void unbind() { tell("unbind"); }  // asks all binds to go, politely
  void close() { tell("close"); }    // takes no connections any more, and ends those there are
  void listen() { tell("listen"); }  // again, on the same port

  // connections, binds, refused_binds, unbinds, enquire_links, submits, taken, refused, throttled, over_window, most_outstanding, queries,
  // receipts_sent, receipts_taken, receipts_refused, inbounds_*, cuts, protocol_errors (what the library could not decode), waiting (not
  // yet taken by the client), bound [{kind, system_id, system_type}].
  Json stats() const { return tell("stats"); }
  std::uint64_t count(const std::string& name) const { return stats().at(name).get<std::uint64_t>(); }
  // The submit_sm that were taken: id, receipt_id, from, from_ton, to, to_ton, service_type, esm_class, data_coding, registered_delivery,
  // validity, umr, octets, text, how ("single", "udh", "udh16", "sar", "payload"), reference, total, part, state, bind.
  Json messages(const std::string& to = {}) const { return tell("messages", {{"to", to}}); }
  // What a citizen's telephone shows: from, text, total, parts, repeated (parts that came more than once), complete.
  Json phone(const std::string& to = {}) const { return tell("phone", {{"to", to}}); }

  Json tell(const std::string& command, Json values = Json::object()) const;

 private:
  std::unique_ptr<TestAuthority> authority_;
  test::PeerProcess process_;
};

// Runs the client against an SMSC on 127.0.0.1 to its end. `story`: port, bind ("transceiver", ...), system_id, password, messages
// [submit_sm parameters as the package names them], receipts (how many to wait for), queries (true: asks for each message), timeout_ms.
// Returns bind, submits
// [{status, id}], receipts [{id, state, umr, text, from}], inbound, queries, enquire_link, unbind; `error` when it failed.
nlohmann::json run_npm_esme(const nlohmann::json& story);

}  // namespace messo::peers
