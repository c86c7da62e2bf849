#include "config/secret_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace messo {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class SecretSource : public ::testing::Test {
 protected:
  SecretSource() {
    std::string name = "/tmp/messo-secret-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~SecretSource() override { fs::remove_all(folder_); }
  void put(const std::string& name, const std::string& bytes, mode_t mode = 0600) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    ::chmod((folder_ / name).c_str(), mode);
  }
  fs::path folder_;
};

TEST_F(SecretSource, reads_file_and_environment) {
  put("p", "hunter2\n");
  ::setenv("MESSO_TEST_SECRET", "from env", 1);
  EXPECT_EQ(read_secret("file:p", folder_)->reveal(), "hunter2");
  EXPECT_EQ(read_secret("env:MESSO_TEST_SECRET", folder_)->reveal(), "from env");
}

TEST_F(SecretSource, says_how_to_mend_it) {
  put("open", "hunter2", 0644);
  put("empty", "\n");
  put("large", std::string(65 * 1024, 'x'));
  EXPECT_THAT(read_secret("file:missing", folder_).error().message, HasSubstr("cannot be read"));
  EXPECT_THAT(read_secret("file:open", folder_).error().message, HasSubstr("chmod o="));
  EXPECT_THAT(read_secret("file:empty", folder_).error().message, HasSubstr("is empty"));
  EXPECT_THAT(read_secret("file:large", folder_).error().message, HasSubstr("over 64 KiB"));
  EXPECT_THAT(read_secret("env:MESSO_TEST_NOT_SET", folder_).error().message, HasSubstr("is not set"));
  EXPECT_THAT(read_secret("hunter2", folder_).error().message, testing::Not(HasSubstr("hunter2")));
}

TEST_F(SecretSource, a_master_key_is_made_once_and_only_for_its_owner) {
  EXPECT_TRUE(*ensure_master_key("file:data/master.key", folder_));
  const auto first = read_master_key("file:data/master.key", folder_);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->reveal().size(), 32U);
  EXPECT_FALSE(*ensure_master_key("file:data/master.key", folder_));
  EXPECT_EQ(read_master_key("file:data/master.key", folder_)->reveal(), first->reveal());
  struct stat about {};
  ASSERT_EQ(::stat((folder_ / "data/master.key").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
  EXPECT_FALSE(*ensure_master_key("env:MESSO_KEY", folder_));
}

TEST_F(SecretSource, a_master_key_of_another_length_is_refused) {
  put("short", "c2VjcmV0");
  put("hex", std::string(64, 'a'));
  EXPECT_THAT(read_master_key("file:short", folder_).error().message, HasSubstr("32 bytes"));
  EXPECT_EQ(read_master_key("file:hex", folder_)->reveal(), std::string(32, '\xaa'));
}

}  // namespace
}  // namespace messo
