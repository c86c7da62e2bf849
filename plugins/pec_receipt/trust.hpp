// Whose signatures on PEC messages are believed: the certificate authorities a chain may end in.
#pragma once
#include <filesystem>
#include <memory>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace messo::pec {

// Loaded roots. Immutable: copies share them, any thread may use them at once.
class Trust {
 public:
  // AgID CA1, which issues the certificates of all PEC providers, pinned by subject and subject key identifier below the system's
  // Actalis Authentication Root CA (docs/decisions/0050). Error: unavailable, "pec_root_missing" where the system has no such root.
  static Result<Trust> agid_ca1();

  // Every certificate of a PEM file (at most 1 MiB, 1,000 certificates) is an anchor, whether it signed itself or not.
  // Errors: "pec_roots_unreadable" (not_found, or unavailable), "pec_roots_invalid" (invalid: no certificate in it, or a broken one).
  static Result<Trust> load(const std::filesystem::path& pem);
  static Result<Trust> parse(std::string_view pem);

  struct Store;  // OpenSSL's: trust_store.hpp
  explicit Trust(std::shared_ptr<const Store> store) : store_(std::move(store)) {}
  const Store& store() const { return *store_; }

 private:
  std::shared_ptr<const Store> store_;
};

}  // namespace messo::pec
