// The archive is a ZIP file for everybody else: Python's zipfile and unzip read it, and what they write is not taken for ours.
#include "evidence/archive.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace messo {
namespace {

namespace fs = std::filesystem;

class Archive : public testing::Test {
 protected:
  Archive() {
    std::string name = (fs::temp_directory_path() / "messo-zip-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~Archive() override { fs::remove_all(folder_); }
  static std::string packed(const std::vector<std::pair<std::string, std::string>>& files) {
    std::vector<ArchiveEntry> entries;
    for (const auto& [name, bytes] : files) entries.push_back({name, bytes.size(), crc32_of(bytes)});
    const auto layout = ArchiveLayout::make(entries);
    if (!layout) return layout.error().code;
    std::string out;
    for (std::size_t i = 0; i < files.size(); ++i) out += layout->header(i) + files[i].second;
    out += layout->tail();
    EXPECT_EQ(out.size(), layout->size());
    return out;
  }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return (folder_ / name).string();
  }
  static std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static bool runs(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

  fs::path folder_;
  const std::vector<std::pair<std::string, std::string>> files_ = {
      {"indice.html", "<p>così</p>\n"}, {"inviato.eml", std::string("From: a\r\n\r\n\0\xff", 13)}, {"vuoto.dat", ""}};
};

TEST_F(Archive, other_programs_read_it) {
  const auto file = write("a.zip", packed(files_));
  ASSERT_TRUE(runs("unzip -t " + file));
  ASSERT_TRUE(runs("cd " + folder_.string() +
                   " && python3 -c \"import zipfile; z = zipfile.ZipFile('a.zip'); assert z.testzip() is None; z.extractall('out')\""));
  for (const auto& [name, bytes] : files_) EXPECT_EQ(read(folder_ / "out" / name), bytes) << name;
}

TEST_F(Archive, it_is_read_back_as_it_was_and_is_the_same_each_time) {
  const auto archive = packed(files_);
  EXPECT_EQ(archive, packed(files_));
  const auto back = read_archive(archive);
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_EQ(back->size(), files_.size());
  for (std::size_t i = 0; i < files_.size(); ++i) {
    EXPECT_EQ(back->at(i).name, files_[i].first);
    EXPECT_EQ(back->at(i).bytes, files_[i].second);
    EXPECT_TRUE(back->at(i).intact);
  }
}

TEST_F(Archive, what_another_program_packed_is_not_ours) {
  for (const auto& [name, bytes] : files_) write(name, bytes);
  ASSERT_TRUE(runs("cd " + folder_.string() + " && python3 -m zipfile -c b.zip indice.html inviato.eml vuoto.dat"));
  const auto back = read_archive(read(folder_ / "b.zip"));
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().code, "not_our_archive");
  EXPECT_NE(back.error().message.find("packed again"), std::string::npos);
}

TEST_F(Archive, every_changed_byte_shows) {
  const auto archive = packed(files_);
  for (std::size_t at = 0; at < archive.size(); ++at) {
    auto changed = archive;
    changed[at] = static_cast<char>(changed[at] ^ 0x20);
    const auto back = read_archive(changed);
    const bool shows = !back || std::any_of(back->begin(), back->end(), [](const ArchivedFile& file) { return !file.intact; });
    EXPECT_TRUE(shows) << "byte " << at;
  }
}

TEST_F(Archive, every_cut_and_every_added_byte_shows) {
  const auto archive = packed(files_);
  for (std::size_t size = 0; size < archive.size(); ++size) EXPECT_FALSE(read_archive(std::string_view(archive).substr(0, size))) << size;
  EXPECT_FALSE(read_archive(archive + "x"));
  EXPECT_FALSE(read_archive("x" + archive));
}

TEST_F(Archive, names_that_lead_out_of_a_folder_are_refused) {
  for (const char* name : {"../a", "/a", "a/../b", "", "a//b", "a/", "a\\b", "a b", "c:x"}) {
    EXPECT_FALSE(is_archive_name(name)) << name;
    EXPECT_EQ(packed({{name, "x"}}), "archive_name") << name;
  }
  EXPECT_EQ(packed({{"a", "x"}, {"a", "y"}}), "archive_name") << "twice";
  EXPECT_TRUE(is_archive_name("ricevuta-1-avvenuta-consegna.eml"));
}

TEST_F(Archive, what_does_not_fit_into_a_plain_zip_file_is_refused) {
  EXPECT_EQ(ArchiveLayout::make({{"a", kLargestArchive + 1, 0}}).error().code, "evidence_too_large");
  EXPECT_EQ(ArchiveLayout::make({{"a", kLargestArchive / 2, 0}, {"b", kLargestArchive / 2, 0}, {"c", 1, 0}}).error().code,
            "evidence_too_large");
}

}  // namespace
}  // namespace messo
