# The three kinds of targets, so that a folder's CMakeLists.txt is little more than its list of sources.
#
#   wallaby_library(wal                      # -> static library wallaby_wal
#     SOURCES frame.cc segment.cc
#     DEPS wallaby_base                      # targets that our headers use: passed on to users
#     PRIVATE_DEPS xxHash::xxhash)           # targets that only our .cc files use
#
#   wallaby_program(wallaby-primary          # -> build/PRESET/bin/wallaby-primary
#     SOURCES primary_main.cc
#     DEPS wallaby_server CLI11::CLI11)
#
#   wallaby_test(wal_tests                   # -> build/PRESET/bin/tests/wal_tests, each TEST one ctest
#     SOURCES frame_test.cc tail_test.cc
#     DEPS wallaby_wal
#     [TIMEOUT 60]                           # seconds for one TEST
#     [LABELS unit])                         # for ctest -L; `unit` when not given
#
# Every target finds project headers from the root: "wal/frame.h"; and base/version.h, which is generated.
# The target `unit_tests` builds every wallaby_test whose labels hold `unit`; the sanitizer builds run just those.

include(GoogleTest)

set(WALLABY_GENERATED_DIR "${CMAKE_BINARY_DIR}/generated")

add_custom_target(unit_tests)

function(wallaby_check_arguments kind name)
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${kind}(${name}): do not understand: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "${kind}(${name}): SOURCES is missing")
  endif()
endfunction()

function(wallaby_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS;PRIVATE_DEPS")
  wallaby_check_arguments(wallaby_library ${name})
  add_library(wallaby_${name} STATIC ${arg_SOURCES})
  target_include_directories(wallaby_${name} PUBLIC "${CMAKE_SOURCE_DIR}" "${WALLABY_GENERATED_DIR}")
  target_link_libraries(wallaby_${name} PUBLIC ${arg_DEPS} PRIVATE ${arg_PRIVATE_DEPS} wallaby_warnings)
endfunction()

function(wallaby_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS")
  wallaby_check_arguments(wallaby_program ${name})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}" "${WALLABY_GENERATED_DIR}")
  target_link_libraries(${name} PRIVATE ${arg_DEPS} wallaby_warnings)
endfunction()

function(wallaby_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;DEPS;LABELS")
  wallaby_check_arguments(wallaby_test ${name})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()

  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/tests")
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}" "${WALLABY_GENERATED_DIR}")
  target_link_libraries(${name} PRIVATE ${arg_DEPS} GTest::gmock GTest::gtest_main wallaby_warnings)
  # PRE_TEST: ctest itself asks the executable for its tests, so a build never waits for that.
  gtest_discover_tests(${name}
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
  if("unit" IN_LIST arg_LABELS)
    add_dependencies(unit_tests ${name})
  endif()
endfunction()
