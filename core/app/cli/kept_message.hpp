// A message that test mode kept as a file (plugin outbox), for people to read.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace messo::cli {

struct KeptMessage {
  std::filesystem::path file;
  std::string delivery;  // the file's name without extension
  std::string channel;   // of .json files; "email" for mails
  std::string date, from, to, subject;
  std::string body;  // the text for people; empty when only listed
  std::vector<std::string> attachments;
};

// Reads an .eml (RFC 5322, by Poco) or .json file. `whole`: body and attachments too. Errors: corrupt, unavailable.
Result<KeptMessage> read_kept_message(const std::filesystem::path& file, bool whole);

// Message files in these folders, newest first. Folders that cannot be read count as empty.
std::vector<std::filesystem::path> kept_files(const std::vector<std::filesystem::path>& folders);

}  // namespace messo::cli
