// Runs a fuzz target without libFuzzer: over each file of a corpus as it is, then over damaged copies of it, always the same.
//
//     fuzz_connection_replay CORPUS ROUNDS
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/random.h"
#include "tests/fuzz/target.h"

namespace {

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A few small damages: what is there is changed, removed, doubled, or mixed with another file.
std::string damaged(std::string bytes, const std::string& other, wallaby::Random& random) {
  for (uint64_t i = 1 + random.below(4); i > 0 && !bytes.empty(); --i) {
    size_t at = random.below(bytes.size());
    size_t length = 1 + random.below(std::min<size_t>(16, bytes.size() - at));
    switch (random.below(6)) {
      case 0: bytes[at] = static_cast<char>(random.next()); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8))); break;
      case 2: bytes.erase(at, length); break;
      case 3: bytes.insert(at, bytes.substr(at, length)); break;
      case 4: bytes.resize(at); break;
      default: bytes.insert(at, other.substr(random.below(other.size() + 1), 1 + random.below(64)));
    }
  }
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("usage: REPLAY CORPUS ROUNDS\n", stderr), 2;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::vector<std::string> corpus;
  for (const auto& path : paths) corpus.push_back(read(path));
  if (corpus.empty()) return std::fputs("the corpus is empty\n", stderr), 1;

  for (const std::string& input : corpus) run(input);
  wallaby::Random random(1);
  const uint64_t rounds = std::strtoull(argv[2], nullptr, 10);
  for (uint64_t i = 0; i < rounds; ++i)
    run(damaged(corpus[random.below(corpus.size())], corpus[random.below(corpus.size())], random));
  std::printf("%zu files, %llu damaged copies\n", corpus.size(), static_cast<unsigned long long>(rounds));
  return 0;
}
