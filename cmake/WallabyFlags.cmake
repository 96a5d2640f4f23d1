# The compiler's flags, the same for every folder. A preset chooses a build type and, perhaps, sanitizers.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# No NDEBUG anywhere: the checks stay on in release. -g1 keeps function names and lines for backtraces and
# profiles, without the weight of full debug information.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
# -Og: under sanitizers -O1 takes nearly twice as long to compile, for tests that are not slow.
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g1 -fno-omit-frame-pointer")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()

set(WALLABY_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize= (address,undefined or thread)")
if(WALLABY_SANITIZE)
  add_compile_options(-fsanitize=${WALLABY_SANITIZE} -fno-sanitize-recover=all -D_GLIBCXX_ASSERTIONS)
  add_link_options(-fsanitize=${WALLABY_SANITIZE})
endif()

# A second build of a file that did not change costs nothing.
find_program(WALLABY_CCACHE ccache)
if(WALLABY_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${WALLABY_CCACHE}")
endif()

# The compiler cannot see the terminal behind ninja; ninja takes the colours out again where there is none.
add_compile_options(-fdiagnostics-color=always)

# The warnings for our own code; generated code is compiled without them (see WallabyProtobuf.cmake).
add_library(wallaby_warnings INTERFACE)
target_compile_options(wallaby_warnings INTERFACE -Wall -Wextra -Werror
  # Plain structs are built with designated initializers; members left out have defaults.
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 warns of overlapping copies inside std::string that cannot happen (GCC bug 105651), and of the string inside a
  # std::variant that holds something else (GCC bug 105562). Clang's builds look for both without false alarms.
  target_compile_options(wallaby_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
  if(WALLABY_SANITIZE)
    target_compile_options(wallaby_warnings INTERFACE -Wno-tsan)  # g++ 12 does not model the fences inside Asio
  endif()
endif()
