#include "server/secret_file.h"

#include <sys/stat.h>
#include <cstdlib>
#include <fstream>

namespace wallaby::server {

Result<void> check_private(const std::string& flag, const std::string& file) {
  struct stat status{};
  if (stat(file.c_str(), &status) != 0)
    return error(ErrorCode::kInvalidArgument, "{} {}: there is no such file", flag, file);
  if ((status.st_mode & (S_IRWXO | S_IWGRP)) != 0)
    return error(ErrorCode::kInvalidArgument,
                 "{} {}: others may read or change it; make it private: chmod 600 {}", flag, file, file);
  return {};
}

Result<std::string> read_password(const std::string& file) {
  std::string password;
  if (file.empty()) {
    const char* given = std::getenv("WALLABY_PASSWORD");  // NOLINT: read before there are threads
    if (!given)
      return error(
          ErrorCode::kInvalidArgument,
          "the password is missing: --password-file FILE, or the environment variable WALLABY_PASSWORD");
    password = given;
  } else {
    if (auto secret = check_private("--password-file", file); !secret) return std::unexpected(secret.error());
    std::ifstream in(file);
    if (!std::getline(in, password) && !in.eof())
      return error(ErrorCode::kInvalidArgument, "--password-file {}: it cannot be read", file);
    if (password.ends_with('\r')) password.pop_back();
  }
  if (password.empty()) return error(ErrorCode::kInvalidArgument, "the password is empty");
  return password;
}

}  // namespace wallaby::server
