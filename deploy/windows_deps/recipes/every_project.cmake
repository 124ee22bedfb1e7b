# Included by CMake after project() of each library (CMAKE_PROJECT_INCLUDE): what would otherwise be a patch.

# protobuf asks for C++11 and gRPC for plain C++14. All must be gnu++17, like abseil and like us: inline functions
# of the standard library are shared between them.
function(resource_broker_use_one_standard)
  get_property(targets DIRECTORY PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    if(type MATCHES "LIBRARY|EXECUTABLE" AND NOT type STREQUAL "INTERFACE_LIBRARY")
      set_target_properties(${target} PROPERTIES CXX_STANDARD 17 CXX_EXTENSIONS ON)
    endif()
  endforeach()
endfunction()
cmake_language(DEFER CALL resource_broker_use_one_standard)
