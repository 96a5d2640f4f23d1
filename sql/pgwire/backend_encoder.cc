#include "sql/pgwire/backend_encoder.h"

#include <cstring>

#include <fmt/format.h>

namespace wallaby::sql::pgwire {
namespace {

constexpr int32_t kProtocol = 3 << 16;  // 3.0

}  // namespace

// --- the parts of a message ---

void BackendEncoder::int16(int16_t value) {
  auto bits = static_cast<uint16_t>(value);
  const char bytes[] = {static_cast<char>(bits >> 8), static_cast<char>(bits)};
  out_.append(bytes, sizeof bytes);
}

void BackendEncoder::int32(int32_t value) {
  uint32_t bits = __builtin_bswap32(static_cast<uint32_t>(value));
  out_.append(reinterpret_cast<const char*>(&bits), sizeof bits);
}

void BackendEncoder::text(std::string_view value) {
  // A zero byte would end the text early and shift all that follows.
  out_.append(value.substr(0, value.find('\0')));
  out_.push_back('\0');
}

void BackendEncoder::patch(size_t where, int32_t value) {
  uint32_t bits = __builtin_bswap32(static_cast<uint32_t>(value));
  std::memcpy(out_.data() + where, &bits, sizeof bits);
}

size_t BackendEncoder::begin(char type) {
  size_t start = out_.size();
  const char head[] = {type, 0, 0, 0, 0};
  out_.append(head, sizeof head);
  return start;
}

void BackendEncoder::end(size_t start) {
  patch(start + 1, static_cast<int32_t>(out_.size() - start - 1));
}

void BackendEncoder::empty(char type) {
  const char message[] = {type, 0, 0, 0, 4};
  out_.append(message, sizeof message);
}

// --- logging in ---

void BackendEncoder::authentication(int32_t kind, std::string_view data) {
  size_t start = begin('R');
  int32(kind);
  bytes(data);
  end(start);
}

void BackendEncoder::authentication_ok() {
  authentication(0, {});
}

void BackendEncoder::authentication_sasl() {
  authentication(10, std::string_view("SCRAM-SHA-256\0\0", 15));
}

void BackendEncoder::authentication_sasl_continue(std::string_view data) {
  authentication(11, data);
}

void BackendEncoder::authentication_sasl_final(std::string_view data) {
  authentication(12, data);
}

void BackendEncoder::negotiate_protocol_version(std::span<const std::string_view> unknown_options) {
  size_t start = begin('v');
  int32(kProtocol);
  int32(static_cast<int32_t>(unknown_options.size()));
  for (std::string_view option : unknown_options) text(option);
  end(start);
}

void BackendEncoder::parameter_status(std::string_view name, std::string_view value) {
  size_t start = begin('S');
  text(name);
  text(value);
  end(start);
}

void BackendEncoder::backend_key_data(int32_t pid, uint32_t key) {
  size_t start = begin('K');
  int32(pid);
  uint32(key);
  end(start);
}

void BackendEncoder::ready_for_query(char transaction_status) {
  const char message[] = {'Z', 0, 0, 0, 5, transaction_status};
  out_.append(message, sizeof message);
}

// --- answers ---

void BackendEncoder::command_complete(std::string_view tag) {
  size_t start = begin('C');
  text(tag);
  end(start);
}

void BackendEncoder::parameter_description(std::span<const TypeId> types) {
  size_t start = begin('t');
  int16(static_cast<int16_t>(types.size()));
  for (TypeId type : types) uint32(static_cast<uint32_t>(type));
  end(start);
}

void BackendEncoder::report(char type, const SqlError& error) {
  const ErrorFields& fields = error.fields();
  size_t start = begin(type);
  auto field = [this](char code, std::string_view value) {
    if (value.empty()) return;
    byte(code);
    text(value);
  };
  // The severity comes twice: once for people (it could be translated), once for programs.
  field('S', fields.severity);
  field('V', fields.severity);
  field('C', fields.code);
  byte('M');
  text(fields.message);
  field('D', fields.detail);
  field('H', fields.hint);
  if (fields.position > 0) field('P', fmt::format_int(fields.position).c_str());
  field('W', fields.where);
  field('s', fields.schema);
  field('t', fields.table);
  field('c', fields.column);
  field('n', fields.constraint);
  byte('\0');
  end(start);
}

void BackendEncoder::error_before_version_3(const SqlError& error) {
  byte('E');
  text(fmt::format("FATAL:  {}\n", error.message()));
}

// --- COPY ---

void BackendEncoder::copy_response(char type, size_t columns) {
  size_t start = begin(type);
  byte(0);  // text
  int16(static_cast<int16_t>(columns));
  for (size_t i = 0; i < columns; ++i) int16(0);
  end(start);
}

void BackendEncoder::copy_data(std::string_view data) {
  size_t start = begin('d');
  bytes(data);
  end(start);
}

}  // namespace wallaby::sql::pgwire
