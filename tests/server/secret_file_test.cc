#include "server/secret_file.h"

#include <sys/stat.h>
#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/real_node.h"

namespace wallaby::server {
namespace {

using ::testing::HasSubstr;

struct SecretFile : ::testing::Test {
  ~SecretFile() override { unsetenv("WALLABY_PASSWORD"); }

  std::string file_with(const std::string& text, mode_t mode = 0600) {
    std::string path = directory / "password";
    std::ofstream(path) << text;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }
  static std::string complaint(const std::string& file) {
    auto password = read_password(file);
    return password ? "read: " + *password : password.error().message;
  }

  TemporaryDirectory directory;
};

TEST_F(SecretFile, TheFirstLineIsThePassword) {
  for (const char* text : {"s3 cret", "s3 cret\n", "s3 cret\r\n", "s3 cret\nmore\n"})
    EXPECT_EQ(complaint(file_with(text)), "read: s3 cret");
}

TEST_F(SecretFile, WithoutAFileTheEnvironmentHasIt) {
  EXPECT_THAT(complaint(""), HasSubstr("--password-file FILE, or the environment variable WALLABY_PASSWORD"));
  setenv("WALLABY_PASSWORD", "from there", 1);
  EXPECT_EQ(complaint(""), "read: from there");
  EXPECT_EQ(complaint(file_with("from here")), "read: from here");
}

TEST_F(SecretFile, WhatOthersMayReadIsNoSecret) {
  EXPECT_THAT(complaint(file_with("x", 0604)), HasSubstr("chmod 600"));
  EXPECT_THAT(complaint(file_with("x", 0620)), HasSubstr("chmod 600"));
  EXPECT_EQ(complaint(file_with("x", 0640)), "read: x");
}

TEST_F(SecretFile, NoFileAndNoPasswordAreTold) {
  EXPECT_THAT(complaint(directory / "nowhere"), HasSubstr("there is no such file"));
  EXPECT_THAT(complaint(file_with("\n")), HasSubstr("the password is empty"));
  EXPECT_THAT(complaint(file_with("")), HasSubstr("the password is empty"));
}

}  // namespace
}  // namespace wallaby::server
