// sql/pgwire/backend_encoder.h
//
// The messages that a server sends, appended to one string. A message is its type byte, its length and its fields; the length is
// filled in when the fields are there, so rows are written once, in place, and never copied.
//
//     BackendEncoder encoder(out);
//     encoder.command_complete("SELECT 1");
//     encoder.ready_for_query('I');              Z 00 00 00 05 'I'
//
// Messages of more than a few fields (RowDescription, DataRow) are written by sql/pgwire/row_encoder.h with begin() and end().
//
// Ownership: points to the string, and keeps nothing else, so one can be made wherever it is needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sql/sql_error.h"
#include "sql/types/type.h"

namespace wallaby::sql::pgwire {

class BackendEncoder {
 public:
  explicit BackendEncoder(std::string& out) : out_(out) {}

  // --- logging in ---
  void authentication_ok();
  /// SCRAM-SHA-256 is the only mechanism that is offered.
  void authentication_sasl();
  void authentication_sasl_continue(std::string_view data);
  void authentication_sasl_final(std::string_view data);
  /// The client asked for a newer minor version, or for options of the protocol that are not known here.
  void negotiate_protocol_version(std::span<const std::string_view> unknown_options);
  void parameter_status(std::string_view name, std::string_view value);
  void backend_key_data(int32_t pid, uint32_t key);
  void ready_for_query(char transaction_status);

  // --- answers ---
  void error(const SqlError& error) { report('E', error); }
  void notice(const SqlError& notice) { report('N', notice); }
  /// For a client that knows no newer message of errors: one text, and no length before it.
  void error_before_version_3(const SqlError& error);
  void command_complete(std::string_view tag);
  void empty_query() { empty('I'); }
  void parse_complete() { empty('1'); }
  void bind_complete() { empty('2'); }
  void close_complete() { empty('3'); }
  void no_data() { empty('n'); }
  void portal_suspended() { empty('s'); }
  void parameter_description(std::span<const TypeId> types);

  // --- COPY, always as text ---
  void copy_in_response(size_t columns) { copy_response('G', columns); }
  void copy_out_response(size_t columns) { copy_response('H', columns); }
  void copy_data(std::string_view bytes);
  void copy_done() { empty('c'); }

  // --- the parts of a message ---
  /// Returns where the message begins, for end().
  size_t begin(char type);
  void end(size_t start);
  void byte(char value) { out_.push_back(value); }
  void int16(int16_t value);
  void int32(int32_t value);
  void uint32(uint32_t value) { int32(static_cast<int32_t>(value)); }
  /// With its zero byte.
  void text(std::string_view value);
  void bytes(std::string_view value) { out_.append(value); }
  /// Puts a number where four bytes were left for it.
  void patch(size_t where, int32_t value);
  std::string& out() { return out_; }

 private:
  void empty(char type);
  void authentication(int32_t kind, std::string_view data);
  void copy_response(char type, size_t columns);
  void report(char type, const SqlError& error);

  std::string& out_;
};

}  // namespace wallaby::sql::pgwire
