#include "pec/refused_files.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

namespace messo::pec {
namespace {

using namespace std::string_literals;

const RefusedExtensions kRefused{"exe", "js", "bat"};

std::string refusal(std::string_view name, std::string_view bytes = "testo") {
  return reason_to_refuse(name, bytes, kRefused).value_or("");
}

// A ZIP archive whose files hold their own names.
std::string zip_of(const std::vector<std::string>& names) {
  std::string out(1 << 20, '\0');
  std::size_t used = 0;
  archive* writer = archive_write_new();
  archive_write_set_format_zip(writer);
  archive_write_open_memory(writer, out.data(), out.size(), &used);
  for (const auto& name : names) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname_utf8(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(name.size()));
    archive_write_header(writer, entry);
    archive_write_data(writer, name.data(), name.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  out.resize(used);
  return out;
}

TEST(RefusedFiles, are_known_by_their_extension_however_it_is_written) {
  for (const char* name :
       {"setup.exe", "SETUP.EXE", "fattura.pdf.exe", "setup.exe.", "setup.exe  ", "cartella/setup.exe", "C:\\x\\setup.exe"})
    EXPECT_EQ(refusal(name), "a file of type .exe") << name;
  for (const char* name : {"atto.pdf", "exe", "exe.pdf", "", "...", "una.exe/atto.pdf", "atto.exec"}) EXPECT_EQ(refusal(name), "") << name;
}

TEST(RefusedFiles, are_known_by_their_content_when_renamed) {
  EXPECT_EQ(refusal("atto.pdf", "MZ\x90\0\x03\0\0\0"s), "a Windows program");
  EXPECT_EQ(refusal("atto.pdf",
                    "\x7f"
                    "ELF\x02\x01\x01\0"s),
            "a Linux program");
  EXPECT_EQ(refusal("atto.txt", "#!/bin/sh\nrm -r /\n"), "a script");
  EXPECT_EQ(refusal("atto.pdf", "L\0\0\0\x01\x14\x02\0\0\0\0\0"s), "a Windows shortcut");
  EXPECT_EQ(refusal("elenco.csv", "MZ;codice;nome\n1;2;3\n"), "") << "a text that begins with the same letters";
  EXPECT_EQ(refusal("atto.pdf", "%PDF-1.7\n"), "");
  EXPECT_EQ(refusal("vuoto.txt", ""), "");
}

TEST(RefusedFiles, are_found_by_their_names_inside_an_archive) {
  EXPECT_EQ(refusal("documenti.zip", zip_of({"atto.pdf", "cartella/Setup.EXE"})), "an archive with a file of type .exe");
  EXPECT_EQ(refusal("documenti.pdf", zip_of({"è un programma.js"})), "an archive with a file of type .js") << "whatever it is called";
  EXPECT_EQ(refusal("modulo.docx", zip_of({"[Content_Types].xml", "word/document.xml"})), "");
  EXPECT_EQ(refusal("vuoto.zip", zip_of({})), "");
}

TEST(RefusedFiles, an_archive_that_cannot_be_read_passes_because_the_provider_has_the_last_word) {
  auto broken = zip_of({"atto.pdf", "setup.exe"});
  broken.resize(broken.size() / 3);
  EXPECT_EQ(refusal("rotto.zip", broken), "");
  EXPECT_EQ(refusal("rotto.zip", "PK\x03\x04" + std::string(100'000, '\xff')), "");
}

TEST(RefusedFiles, nothing_is_looked_at_when_the_list_is_empty) { EXPECT_FALSE(reason_to_refuse("setup.exe", "MZ\0\0"s, {})); }

}  // namespace
}  // namespace messo::pec
