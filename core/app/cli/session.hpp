// What every command shares: where the daemon is, where to print, how it ended.
#pragma once
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

#include "app/cli/api_client.hpp"

namespace messo::cli {

enum ExitCode : int { kOk = 0, kFailure = 1, kUsage = 2, kUnreachable = 3 };

class Session {
 public:
  Session(std::ostream& output, std::ostream& errors) : out(output), err(errors) {}

  std::ostream& out;
  std::ostream& err;
  bool as_json = false;  // --json: answers as the daemon gives them
  std::string socket, url;
  Secret key;
  int exit_code = kOk;

  // The daemon; made at the first use. Tests put their own in `client`.
  ApiClient& api();
  std::unique_ptr<ApiClient> client;

  // Runs a command's body: on an error says what is wrong and what to do, and sets the exit code.
  void run(const std::function<Status()>& body);
  void complain(const Error& error);

  // --service and --organisation where they were not given: the only one there is. Errors: invalid, naming the choice.
  Result<std::string> service_or_only(const std::string& given);
  Result<std::string> organisation_or_only(const std::string& given);
  // The items of a list that comes in pages, at most so many: `request` without cursor and limit.
  struct Items {
    nlohmann::json all = nlohmann::json::array();
    bool more = false;  // there are others
  };
  Result<Items> items(const ApiRequest& request, std::size_t most);
  // Prints the body when --json was given; true then.
  bool printed_json(const nlohmann::json& body);

 private:
  Result<std::string> only(const std::string& path, const std::string& what, const std::string& option,
                           const std::function<std::string(const nlohmann::json&)>& name);
};

// What a member holds as text; "" when it is missing or null, numbers and booleans as they are written.
std::string text(const nlohmann::json& object, const std::string& name);
std::uint64_t number(const nlohmann::json& object, const std::string& name);
bool flag(const nlohmann::json& object, const std::string& name);
// The array `name` of the object; an empty one when it is missing.
const nlohmann::json& list(const nlohmann::json& object, const std::string& name);
std::string joined(const nlohmann::json& texts, const std::string& separator = ", ");

// Sets a member where a value was given.
void put(nlohmann::json& object, const char* name, const std::string& value);
// The addresses that have a flag of their own, as members of a recipient.
struct AddressFlags {
  std::string email, pec, phone, fiscal_code;
  void put_into(nlohmann::json& recipient) const;
};

// Asks at the terminal: "Apply this? [y/N] ".
bool confirmed(Session& session, std::string_view question);
// "-" reads standard input. At most 64 MiB.
Result<std::string> read_input(const std::string& path);
// A JSON object in a file, "-" for standard input, or written out when it begins with "{".
Result<nlohmann::json> read_json_object(const std::string& path_or_text);

}  // namespace messo::cli
