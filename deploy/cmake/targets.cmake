# How every target of the project is compiled, and the few shapes a target has.

add_library(rb_options INTERFACE)
target_compile_options(rb_options INTERFACE -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers
  -ffunction-sections -fdata-sections)
target_include_directories(rb_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_definitions(rb_options INTERFACE RESOURCE_BROKER_VERSION="${PROJECT_VERSION}")
if(RESOURCE_BROKER_SANITIZE STREQUAL "address")
  set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
elseif(RESOURCE_BROKER_SANITIZE STREQUAL "thread")
  set(sanitizers -fsanitize=thread -fno-omit-frame-pointer)
endif()
if(sanitizers)
  target_compile_options(rb_options INTERFACE ${sanitizers})
  target_link_options(rb_options INTERFACE ${sanitizers})
endif()
target_link_options(rb_options INTERFACE -Wl,--gc-sections)
if(WIN32)
  target_compile_definitions(rb_options INTERFACE UNICODE _UNICODE NOMINMAX WIN32_LEAN_AND_MEAN)
  target_link_options(rb_options INTERFACE -static $<$<CONFIG:Release>:-s>)
endif()

if(WIN32)
  set(RB_PLATFORM windows)
  set(RB_OTHER_PLATFORM posix)
else()
  set(RB_PLATFORM posix)
  set(RB_OTHER_PLATFORM windows)
endif()

# rb_sources(<out> [DIRECTORY <dir>]...) lists the sources of the current folder (or of the named ones below it): every
# .cc but tests, the other platform's twins, and main.cc.
function(rb_sources out)
  cmake_parse_arguments(arg "" "" "DIRECTORY" ${ARGN})
  if(NOT arg_DIRECTORY)
    set(arg_DIRECTORY .)
  endif()
  set(sources)
  foreach(directory IN LISTS arg_DIRECTORY)
    file(GLOB found CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${directory}/*.cc")
    list(APPEND sources ${found})
  endforeach()
  list(FILTER sources EXCLUDE REGEX "(_test|_test_${RB_PLATFORM}|_test_${RB_OTHER_PLATFORM}|_${RB_OTHER_PLATFORM}|/main)\\.cc$")
  set(${out} ${sources} PARENT_SCOPE)
endfunction()

# rb_library(<name> SOURCES … LIBRARIES …): a static library inside the project.
function(rb_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC rb_options rb_grpc_headers ${arg_LIBRARIES})
endfunction()

# rb_program(<name> SOURCES … LIBRARIES …): a console program.
function(rb_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE rb_options ${arg_LIBRARIES})
  if(WIN32)
    target_link_options(${name} PRIVATE -municode)
  endif()
endfunction()

# rb_tests(<name> SOURCES … LIBRARIES … [TIMEOUT seconds]): one GoogleTest program of a folder's *_test.cc, with
# *_test_<platform>.cc for what only one platform has. Run by `ctest`, under Wine for Windows (see tests/run_windows).
function(rb_tests name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LIBRARIES;ENVIRONMENT" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name} ${arg_SOURCES})
  # What is tested is optimised; the tests themselves are compiled a third faster without. They have many sections then.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O0>)
  if(WIN32)
    target_compile_options(${name} PRIVATE -Wa,-mbig-obj)
  endif()
  if(RESOURCE_BROKER_SANITIZE)
    # GCC takes what it puts into std::regex for a use of what has no value yet.
    target_compile_options(${name} PRIVATE -Wno-maybe-uninitialized)
  endif()
  target_link_libraries(${name} PRIVATE rb_options rb::test_main ${arg_LIBRARIES} GTest::gmock GTest::gtest)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  set_tests_properties(${name} PROPERTIES RUN_SERIAL TRUE TIMEOUT ${arg_TIMEOUT} ENVIRONMENT "${arg_ENVIRONMENT}")
endfunction()
