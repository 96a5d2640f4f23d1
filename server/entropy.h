// server/entropy.h
//
// The machine's unpredictable bytes, for cancel keys, and the nonces and salts of logins.
#pragma once

#include <cstdint>
#include <span>

namespace wallaby::server {

void fill_with_entropy(std::span<uint8_t> bytes);

}  // namespace wallaby::server
