#include "server/big_stack.h"

#include <pthread.h>

#include "base/check.h"

namespace wallaby::server {

void run_on_stack(size_t bytes, std::function<void()> run) {
  pthread_attr_t attributes;
  WALLABY_CHECK(pthread_attr_init(&attributes) == 0);
  WALLABY_CHECK(pthread_attr_setstacksize(&attributes, bytes) == 0, "a stack of {} bytes", bytes);
  pthread_t thread{};
  auto start = [](void* argument) -> void* {
    (*static_cast<std::function<void()>*>(argument))();
    return nullptr;
  };
  int failed = pthread_create(&thread, &attributes, start, &run);
  WALLABY_CHECK(failed == 0, "no thread with a stack of {} bytes: error {}", bytes, failed);
  pthread_attr_destroy(&attributes);
  WALLABY_CHECK(pthread_join(thread, nullptr) == 0);
}

}  // namespace wallaby::server
