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
#   wallaby_test(wal_tests                   # -> build/PRESET/bin/tests/wal_tests, each TEST one ctest: wal/Frame.Xyz
#     SOURCES frame_test.cc tail_test.cc
#     DEPS wallaby_wal
#     [TIMEOUT 60]                           # seconds for one TEST
#     [LABEL unit])                          # for ctest -L; `unit` when not given
#
# Every target finds project headers from the root: "wal/frame.h"; and base/version.h, which is generated.
#
# Which tests run where. Each wallaby_test labelled `unit` is built by the target `unit_tests` (not by `all`), and
# build/PRESET/unit lists them for ctest (and build/PRESET/unit/wal those of one folder); build/PRESET/whole lists all other
# tests: those of whole programs. `./run` says which build runs which: each test is compiled once.
# A test that takes long is registered with `add_test(NAME ... CONFIGURATIONS long COMMAND ...)`: plain ctest
# leaves it out, `ctest -C long` and `./run test --all` run it too.

include(GoogleTest)

set(WALLABY_GENERATED_DIR "${CMAKE_BINARY_DIR}/generated")
set(WALLABY_TEST_PREFIX "" CACHE STRING "Put before each test's name, to tell the presets apart in one ctest run")

add_custom_target(unit_tests)

# Compiles the headers that everybody includes once a target: a quarter less work where no compiler cache helps, so for CI.
# Elsewhere it stays off, because it hides a forgotten #include.
option(WALLABY_PRECOMPILED_HEADERS "Precompile common headers" OFF)
function(wallaby_precompile name)
  if(WALLABY_PRECOMPILED_HEADERS)
    target_precompile_headers(${name} PRIVATE <algorithm> <cstdint> <expected> <functional> <map> <memory> <optional>
      <string> <string_view> <utility> <variant> <vector> <fmt/format.h> ${ARGN})
  endif()
endfunction()

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
  wallaby_precompile(wallaby_${name})
endfunction()

function(wallaby_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS")
  wallaby_check_arguments(wallaby_program ${name})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}" "${WALLABY_GENERATED_DIR}")
  target_link_libraries(${name} PRIVATE ${arg_DEPS} wallaby_warnings)
endfunction()

function(wallaby_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT;LABEL" "SOURCES;DEPS")
  wallaby_check_arguments(wallaby_test ${name})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  set(environment)
  if(WALLABY_SANITIZE)
    math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 5") # instrumented code is slow
    # Coroutines and lambdas outlive stack frames easily: let ASan see uses after return.
    set(environment "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1")
  endif()

  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/tests")
  wallaby_precompile(${name} <gmock/gmock.h> <gtest/gtest.h>)
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}" "${WALLABY_GENERATED_DIR}")
  target_link_libraries(${name} PRIVATE ${arg_DEPS} GTest::gmock GTest::gtest_main wallaby_warnings)
  # PRE_TEST: ctest itself asks the executable for its tests, so a build never waits for that.
  string(REGEX REPLACE "_tests?$" "" group ${name})
  gtest_discover_tests(${name}
    TEST_PREFIX "${WALLABY_TEST_PREFIX}${group}/"
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS ${arg_LABEL} ENVIRONMENT "${environment}")
  if(arg_LABEL STREQUAL "unit")
    add_dependencies(unit_tests ${name})
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
    set_property(GLOBAL APPEND PROPERTY WALLABY_UNIT_TEST_FOLDERS "${CMAKE_CURRENT_SOURCE_DIR}")
    # gtest_discover_tests leaves a script that tells ctest of the tests; remember it for wallaby_list_unit_tests.
    get_property(scripts DIRECTORY PROPERTY TEST_INCLUDE_FILES)
    list(GET scripts -1 script)
    file(WRITE "${CMAKE_BINARY_DIR}/unit/${group}/CTestTestfile.cmake" "include(\"${script}\")\n")
    set_property(GLOBAL APPEND_STRING PROPERTY WALLABY_UNIT_TESTS "subdirs(\"${group}\")\n")
  endif()
endfunction()

# A Python script that tests whole programs:  wallaby_script_test(system ack ack_test.py quiet [LONG] [ARGS...])
# is the test system/ack, labelled system; it gets `--programs DIR`. LONG only with `ctest -C long`. Tests of one lane (quiet: mostly waits;
# busy: loads the machine) never run beside each other.
function(wallaby_script_test label name script lane)
  cmake_parse_arguments(PARSE_ARGV 4 arg "LONG" "" "")
  set(name "${WALLABY_TEST_PREFIX}${label}/${name}")
  set(configurations)
  set(timeout 300)
  if(arg_LONG)
    set(configurations CONFIGURATIONS long)
    set(timeout 3600)
  endif()
  add_test(NAME "${name}" ${configurations}
    COMMAND Python3::Interpreter -B "${CMAKE_CURRENT_SOURCE_DIR}/${script}"
      --programs "$<TARGET_FILE_DIR:wallaby>" ${arg_UNPARSED_ARGUMENTS})
  set_tests_properties("${name}" PROPERTIES LABELS ${label} TIMEOUT ${timeout} RESOURCE_LOCK "system_${lane}")
endfunction()

# Called once, after all folders: makes build/PRESET/unit a folder in which ctest finds the unit tests alone, and build/PRESET/whole
# one in which it finds all others. A folder of tests/ has either kind, not both.
function(wallaby_list_tests)
  get_property(units GLOBAL PROPERTY WALLABY_UNIT_TESTS)
  file(WRITE "${CMAKE_BINARY_DIR}/unit/CTestTestfile.cmake" "${units}")
  get_property(unit GLOBAL PROPERTY WALLABY_UNIT_TEST_FOLDERS)
  get_property(folders DIRECTORY "${CMAKE_SOURCE_DIR}/tests" PROPERTY SUBDIRECTORIES)
  set(whole)
  foreach(folder ${folders})
    if(NOT folder IN_LIST unit)
      get_filename_component(folder "${folder}" NAME)
      string(APPEND whole "subdirs(\"../tests/${folder}\")\n")
    endif()
  endforeach()
  file(WRITE "${CMAKE_BINARY_DIR}/whole/CTestTestfile.cmake" "${whole}")
endfunction()
