// tests/fuzz/target.h
//
// A fuzz target is one function that takes any bytes and must neither crash, nor hang, nor break what it promises.
//
//     libFuzzer (./run fuzz NAME)      invents inputs, guided by the code that they reach
//     the replay (ctest)               runs the committed corpus, and each of its files with a few thousand deterministic damages
//
// Targets check promises with WALLABY_CHECK, so that a broken one ends the process and the fuzzer keeps the input.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
