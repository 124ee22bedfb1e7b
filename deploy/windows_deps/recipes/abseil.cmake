# Included by CMake after abseil's project(): where a unity build does not do.

function(resource_broker_rearrange_abseil)
  # kAsciiToInt, unix_epoch and kDigits exist in several files of these libraries.
  set_target_properties(time time_zone PROPERTIES UNITY_BUILD OFF)
  set_source_files_properties("${CMAKE_CURRENT_SOURCE_DIR}/absl/strings/numbers.cc"
    TARGET_DIRECTORY strings PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
cmake_language(DEFER CALL resource_broker_rearrange_abseil)
