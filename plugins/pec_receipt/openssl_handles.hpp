// OpenSSL's objects held by values.
#pragma once
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "base/freed_by.hpp"

namespace messo::pec {

using BioPtr = std::unique_ptr<BIO, FreedBy<BIO_free>>;
using CmsPtr = std::unique_ptr<CMS_ContentInfo, FreedBy<CMS_ContentInfo_free>>;
using X509Ptr = std::unique_ptr<X509, FreedBy<X509_free>>;
using X509StorePtr = std::unique_ptr<X509_STORE, FreedBy<X509_STORE_free>>;
using X509StoreContextPtr = std::unique_ptr<X509_STORE_CTX, FreedBy<X509_STORE_CTX_free>>;
using X509NamePtr = std::unique_ptr<X509_NAME, FreedBy<X509_NAME_free>>;

struct X509StackFree {
  void operator()(STACK_OF(X509) * certificates) const { sk_X509_pop_free(certificates, X509_free); }
};
using X509StackPtr = std::unique_ptr<STACK_OF(X509), X509StackFree>;  // owns its certificates
struct X509StackOnlyFree {
  void operator()(STACK_OF(X509) * certificates) const { sk_X509_free(certificates); }
};
using X509BorrowedStackPtr = std::unique_ptr<STACK_OF(X509), X509StackOnlyFree>;

}  // namespace messo::pec
