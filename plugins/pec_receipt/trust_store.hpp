// What a Trust holds; for signature.cpp and tests of the pin.
#pragma once
#include "pec_receipt/openssl_handles.hpp"
#include "pec_receipt/trust.hpp"

namespace messo::pec {

struct Trust::Store {
  X509StorePtr anchors;
  // Also the anchors: providers may leave their own certificate out of the signature when the receiver has it.
  X509StackPtr certificates;
  bool only_agid_ca1 = false;  // the chain must lead through AgID CA1
};

// Whether a certificate is AgID CA1 by subject and subject key identifier (any of its issues: they share the key).
bool is_agid_ca1(X509* certificate);

// agid_ca1() below another root than the system's.
Result<Trust> agid_ca1_below(X509* root);

}  // namespace messo::pec
