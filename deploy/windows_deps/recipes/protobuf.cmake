# Included by CMake after protobuf's project(): compile less, without a patch.

# Makes the object library `name` of `sources`, compiled as libprotobuf is but as a unity build.
function(make_object_library name sources)
  get_target_property(includes libprotobuf INCLUDE_DIRECTORIES)
  add_library(${name} OBJECT ${sources})
  target_include_directories(${name} PRIVATE ${includes})
  # Some files include port_def.inc and leave its macros defined, which the next file refuses.
  set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12
    UNITY_BUILD_CODE_BEFORE_INCLUDE "#ifdef PROTOBUF_NAMESPACE\n#include <google/protobuf/port_undef.inc>\n#endif")
endfunction()

function(resource_broker_rearrange_protobuf)
  # libprotobuf lists all files of libprotobuf-lite again, with the same flags: compile them once.
  get_target_property(full libprotobuf SOURCES)
  get_target_property(lite libprotobuf-lite SOURCES)
  list(FILTER full INCLUDE REGEX "\\.cc$")
  list(FILTER lite INCLUDE REGEX "\\.cc$")
  list(REMOVE_ITEM full ${lite})
  make_object_library(lite_objects "${lite}")
  make_object_library(full_objects "${full}")
  set_property(TARGET libprotobuf-lite PROPERTY SOURCES $<TARGET_OBJECTS:lite_objects>)
  set_property(TARGET libprotobuf PROPERTY SOURCES $<TARGET_OBJECTS:lite_objects> $<TARGET_OBJECTS:full_objects>)
  set_target_properties(libprotobuf libprotobuf-lite PROPERTIES LINKER_LANGUAGE CXX)

  # Generated files register themselves when linked: one object each, so that only those in use are. The first of the
  # others has a local function that dynamic_message.cc has as well; the last two name things that exist both in
  # google::protobuf::internal and in google::protobuf::util::internal.
  set(alone ${full})
  list(FILTER alone INCLUDE REGEX
    "\\.pb\\.cc$|/generated_message_reflection\\.cc$|/message_differencer\\.cc$|/protostream_objectsource\\.cc$")
  set_source_files_properties(${alone} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
cmake_language(DEFER CALL resource_broker_rearrange_protobuf)
