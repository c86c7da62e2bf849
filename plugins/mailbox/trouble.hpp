// What can go wrong between us and a mail server, as a closed list.
#pragma once
#include <string>
#include <tl/expected.hpp>

namespace messo::mailbox {

enum class TroubleKind : std::uint8_t {
  unreachable,  // no route, refused, name not found
  certificate,  // chain, name or date
  tls,          // the handshake failed, or STARTTLS is not offered
  account,      // the server refused user name or password: not to be tried again soon
  busy,         // the server has no time for us, or somebody else holds the mailbox
  folder,       // there is no such folder, or it may not be read
  refused,      // NO or -ERR to a command
  closed,       // the connection broke
  timeout,
  stopped,
  bad_answer,  // what came is no proper answer, or more than fits
};

struct Trouble {
  TroubleKind kind = TroubleKind::closed;
  std::string sentence;  // for operators: no address, no secret, nothing the server said

  // The connection is of no use any more, but another may work.
  bool lost() const { return kind == TroubleKind::closed || kind == TroubleKind::timeout; }
};

template <class T>
using Outcome = tl::expected<T, Trouble>;

inline tl::unexpected<Trouble> trouble(TroubleKind kind, std::string sentence) {
  return tl::unexpected(Trouble{kind, std::move(sentence)});
}

}  // namespace messo::mailbox
