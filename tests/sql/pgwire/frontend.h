// tests/sql/pgwire/frontend.h
//
// A client's messages as bytes, and a server's bytes as lines to compare: what the tests of the protocol speak.
//
//     frontend::query("SELECT 1")              'Q' 00 00 00 0d "SELECT 1\0"
//     backend_lines(bytes)                     {"RowDescription id:23", "DataRow 1", "CommandComplete SELECT 1", "ReadyForQuery I"}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wallaby::sql::pgwire::testing {

namespace frontend {

using Parameters = std::vector<std::optional<std::string>>;

std::string int16(int value);
std::string int32(int64_t value);
std::string message(char type, std::string_view body);
std::string startup(const std::vector<std::pair<std::string, std::string>>& parameters, int minor = 0);
std::string ssl_request();
std::string gss_request();
std::string cancel_request(int32_t pid, uint32_t key);
std::string query(std::string_view text);
std::string parse(std::string_view name, std::string_view text, const std::vector<uint32_t>& types = {});
std::string bind(std::string_view portal, std::string_view statement, const Parameters& parameters = {},
                 const std::vector<int>& parameter_formats = {}, const std::vector<int>& result_formats = {});
std::string describe(char target, std::string_view name);
std::string execute(std::string_view portal, int32_t max_rows = 0);
std::string close(char target, std::string_view name);
std::string flush();
std::string sync();
std::string copy_data(std::string_view bytes);
std::string copy_done();
std::string copy_fail(std::string_view reason);
std::string sasl_initial(std::string_view mechanism, std::string_view data);
std::string password(std::string_view data);
std::string terminate();
/// Parse, Bind, Describe, Execute, Sync: how drivers run a statement with parameters.
std::string extended(std::string_view text, const Parameters& parameters = {});

}  // namespace frontend

/// Each whole message of `bytes` as one line; a rest that is no whole message as "rest N bytes".
std::vector<std::string> backend_lines(std::string_view bytes);

}  // namespace wallaby::sql::pgwire::testing
