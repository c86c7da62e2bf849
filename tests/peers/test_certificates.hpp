// Certificates made at test time with OpenSSL: nothing secret or expiring lives in the repository.
#pragma once
#include <string>

namespace messo::peers {

struct CertificateFiles {
  std::string certificate;  // PEM, the chain's leaf first
  std::string key;          // PEM
};

// A throw-away authority in its own temporary folder, removed with the object. Throws std::runtime_error when OpenSSL fails.
class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  const std::string& folder() const { return folder_; }
  const std::string& ca_file() const { return ca_.certificate; }
  // A server certificate for the names, as in subjectAltName ("DNS:localhost,IP:127.0.0.1"), valid from `from_days` to `to_days` from now.
  CertificateFiles issue(const std::string& name, const std::string& alternative_names, int from_days = -1, int to_days = 30);
  // Signed by itself, not by this authority.
  CertificateFiles self_signed(const std::string& name, const std::string& alternative_names);

 private:
  std::string folder_;
  CertificateFiles ca_;
};

}  // namespace messo::peers
