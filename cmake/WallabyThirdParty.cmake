# The libraries that Wallaby stands on: all are Debian 12 packages; `./run` knows their names and installs them.
#
# Targets to name in DEPS: fmt::fmt spdlog::spdlog Boost::headers protobuf::libprotobuf-lite CLI11::CLI11
# xxHash::xxhash absl::... OpenSSL::Crypto Threads::Threads, and for tests GTest::gmock benchmark::benchmark.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)  # Debian's is built against the external fmt (SPDLOG_FMT_EXTERNAL)
find_package(Boost 1.81 REQUIRED)  # headers only; Asio is compiled once, in server/
find_package(Protobuf 3.21 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(absl REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)

find_package(PkgConfig REQUIRED)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
add_library(xxHash::xxhash ALIAS PkgConfig::XXHASH)
