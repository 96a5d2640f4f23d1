# The libraries that Wallaby stands on: all are Debian 12 packages; `./run` knows their names and installs them.
#
# Targets to name in DEPS: fmt::fmt spdlog::spdlog Boost::headers protobuf::libprotobuf-lite CLI11::CLI11
# xxHash::xxhash absl::... OpenSSL::Crypto re2::re2 Threads::Threads, and for tests GTest::gmock benchmark::benchmark.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)  # Debian's is built against the external fmt (SPDLOG_FMT_EXTERNAL)
find_package(Boost 1.81 REQUIRED)  # headers only; Asio is compiled once, in server/
find_package(Protobuf 3.21 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(absl REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)

find_package(PkgConfig REQUIRED)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
add_library(xxHash::xxhash ALIAS PkgConfig::XXHASH)

# Regular expressions in time linear in the text, whatever a client's pattern.
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
add_library(re2::re2 ALIAS PkgConfig::RE2)

# PostgreSQL's grammar. Its package has neither a CMake nor a pkg-config file; the header of its trees needs protobuf-c's.
find_library(PG_QUERY_LIBRARY pg_query REQUIRED)
find_path(PG_QUERY_INCLUDE pg_query/pg_query.pb-c.h REQUIRED)
add_library(pg_query::pg_query UNKNOWN IMPORTED)
set_target_properties(pg_query::pg_query PROPERTIES IMPORTED_LOCATION "${PG_QUERY_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${PG_QUERY_INCLUDE}")
find_package(OpenSSL REQUIRED)  # SCRAM, TLS
