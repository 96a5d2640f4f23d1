#include "sql/pgwire/backend_encoder.h"

#include <gtest/gtest.h>

#include "sql/pgwire/row_encoder.h"
#include "tests/sql/pgwire/frontend.h"

namespace wallaby::sql::pgwire {
namespace {

using testing::backend_lines;
using Lines = std::vector<std::string>;

TEST(BackendEncoder, a_message_is_its_type_its_length_and_its_fields) {
  std::string out;
  BackendEncoder(out).command_complete("SELECT 1");
  EXPECT_EQ(out, std::string("C\0\0\0\x0dSELECT 1\0", 14));
  out.clear();
  BackendEncoder(out).ready_for_query('T');
  EXPECT_EQ(out, std::string("Z\0\0\0\5T", 6));
  out.clear();
  BackendEncoder(out).authentication_sasl();
  EXPECT_EQ(out, std::string("R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0", 24));
}

TEST(BackendEncoder, an_error_carries_the_fields_that_it_has) {
  std::string out;
  SqlError error = sql_error("23505", "duplicate key").detail("Key (k)=(1) already exists.").at(7);
  error.change().table = "t";
  error.change().constraint = "t_pkey";
  BackendEncoder(out).error(error);
  EXPECT_EQ(out.substr(5, 20), std::string("SERROR\0VERROR\0C23505", 20));
  EXPECT_EQ(backend_lines(out),
            Lines{"Error ERROR 23505: duplicate key D=Key (k)=(1) already exists. P=7 t=t n=t_pkey"});
}

TEST(BackendEncoder, a_zero_byte_in_a_text_cannot_shift_what_follows) {
  std::string out;
  BackendEncoder(out).parameter_status("a", std::string_view("b\0c", 3));
  EXPECT_EQ(backend_lines(out), Lines{"ParameterStatus a=b"});
}

TEST(BackendEncoder, every_message_can_be_read_back) {
  std::string out;
  BackendEncoder encoder(out);
  encoder.authentication_ok();
  encoder.negotiate_protocol_version(std::vector<std::string_view>{"_pq_.x"});
  encoder.backend_key_data(7, 0xfffffff0);
  encoder.parameter_description(std::vector{TypeId::kInt8, TypeId::kText});
  encoder.copy_in_response(2);
  encoder.copy_out_response(3);
  encoder.copy_data("1\tx\n");
  encoder.copy_done();
  encoder.empty_query();
  encoder.parse_complete();
  encoder.bind_complete();
  encoder.close_complete();
  encoder.no_data();
  encoder.portal_suspended();
  EXPECT_EQ(backend_lines(out),
            (Lines{"AuthenticationOk", "NegotiateProtocolVersion 196608 _pq_.x",
                   "BackendKeyData 7 4294967280", "ParameterDescription 20 25", "CopyInResponse 2 columns",
                   "CopyOutResponse 3 columns", "CopyData 1\tx\n", "CopyDone", "EmptyQuery", "ParseComplete",
                   "BindComplete", "CloseComplete", "NoData", "PortalSuspended"}));
}

TEST(RowEncoder, rows_come_as_text_or_binary_as_asked) {
  std::vector<ResultColumn> columns = {
      {"id", {TypeId::kInt4}}, {"n", {TypeId::kInt8}}, {"name", {TypeId::kText}}};
  Row row = {Value(int64_t{-2147483648}), Value(int64_t{513}), Value()};
  std::string out;
  BackendEncoder encoder(out);
  encode_row_description(columns, {0, 1, 0}, encoder);
  EXPECT_EQ(backend_lines(out), Lines{"RowDescription id:23 n:20:binary name:25"});
  out.clear();
  ASSERT_TRUE(encode_row(columns, row, {}, encoder));
  EXPECT_EQ(backend_lines(out), Lines{"DataRow -2147483648 513 NULL"});
  out.clear();
  ASSERT_TRUE(encode_row(columns, row, {1}, encoder));
  EXPECT_EQ(out,
            std::string("D\0\0\0\x1e\0\3\0\0\0\4\x80\0\0\0\0\0\0\x08\0\0\0\0\0\0\2\1\xff\xff\xff\xff", 31));
}

TEST(RowEncoder, a_value_without_a_binary_form_leaves_nothing_behind) {
  std::vector<ResultColumn> columns = {{"a", {TypeId::kInt4}}, {"i", {static_cast<TypeId>(999)}}};
  std::string out = "before";
  BackendEncoder encoder(out);
  Row row = {Value(int64_t{1}), Value(int64_t{2})};
  auto encoded = encode_row(columns, row, {1}, encoder);
  ASSERT_FALSE(encoded);
  EXPECT_EQ(encoded.error().code(), "0A000");
  EXPECT_EQ(out, "before");
}

TEST(RowEncoder, no_columns_are_no_data) {
  std::string out;
  BackendEncoder encoder(out);
  encode_row_description({}, {}, encoder);
  EXPECT_EQ(backend_lines(out), Lines{"NoData"});
}

}  // namespace
}  // namespace wallaby::sql::pgwire
