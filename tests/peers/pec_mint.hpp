// Makes the messages that the two providers file, out of the rules' answers. Part of pec_provider; one thread at a time.
#pragma once
#include <optional>
#include <string>

#include "peers/pec_post.hpp"
#include "peers/pec_receipts.hpp"

namespace messo::peers {

class PecMint {
 public:
  PecMint();

  std::string roots_file() const { return authority_.ca_file(); }
  std::string new_identificativo() const { return a_.new_id("msg"); }
  // CRLF line ends. Throws std::runtime_error when OpenSSL fails.
  std::string make(const PecPending& pending);

 private:
  const PecProvider& issuer_of(const PecPending& pending) const;
  PecReceipt receipt_of(const PecPending& pending, const PecProvider& issuer) const;
  std::string delivery(const PecPending& pending, const PecProvider& issuer, PecOriginal original, PecReceipt receipt);
  std::string letter(const PecPending& pending, const PecProvider& issuer, const PecOriginal& original) const;

  TestAuthority authority_, strangers_;
  PecProvider a_, b_, stranger_;
  std::optional<PecOriginal> delivered_before_;  // the last message with a genuine delivery receipt
};

}  // namespace messo::peers
