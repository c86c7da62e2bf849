// One HTTP request, for tests that care about the answer and not about speed.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace messo::test {

struct HttpAnswer {
  int status = 0;  // 0: no answer; `error` says why
  std::string body;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string error;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;                        // "http://127.0.0.1:PORT/path"
  std::vector<std::string> headers = {};  // "Name: value"
  std::string body = {};
  std::filesystem::path unix_socket = {};  // instead of TCP
  std::filesystem::path ca_file = {};      // who may have signed the certificate of an https:// address
  long timeout_ms = 20'000;
};

HttpAnswer http(const HttpRequest& request);

}  // namespace messo::test
