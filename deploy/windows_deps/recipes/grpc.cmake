# Included by CMake after gRPC's project(). Ten times fewer compiler runs, without a patch:
#  1. grpc and grpc_unsecure, and likewise grpc++ and grpc++_unsecure, list the same files with the same flags:
#     what they share is compiled once, into an object library that both contain.
#  2. Unity builds: most of the time went into parsing the same headers for each file.
#  3. Libraries that nobody here links are neither built nor installed.

set(unused_targets grpc++_alts grpc++_error_details grpc_plugin_support)

function(install)
  if(ARGV0 STREQUAL "TARGETS" AND ARGV1 IN_LIST unused_targets)
    return()
  endif()
  _install(${ARGV})
endfunction()

# Names of file-local things that several files have. In a unity build each file gets its own, by a macro. This is
# for names that no header uses (other than as a local variable).
set(local_names maybe_copy_error_msg g_gli_initializer kChannelArgVtable kChildRetentionInterval UrlEncode
    tail_xtra handshaker_vtable messages_layout extensions_layout enums_layout)
set(local_names_generated ${local_names} deps descriptor)

# Files that clash in names which headers use as well: compiled alone.
set(lone_files
    src/core/ext/filters/message_size/message_size_filter.cc
    src/core/lib/security/credentials/alts/grpc_alts_credentials_server_options.cc
    src/core/tsi/alts/frame_protector/alts_seal_privacy_integrity_crypter.cc
    src/core/tsi/alts/frame_protector/alts_unseal_privacy_integrity_crypter.cc
    src/core/tsi/alts/handshaker/alts_handshaker_client.cc
    src/core/tsi/ssl_transport_security.cc)

function(rename_local_names target)
  set(code "#define JOIN_(a, b) a##b\n#define JOIN(a, b) JOIN_(a, b)\n")
  foreach(name IN LISTS ARGN)
    string(APPEND code "#undef ${name}\n#define ${name} JOIN(${name}_, FILE_ID)\n")
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD_UNIQUE_ID FILE_ID UNITY_BUILD_CODE_BEFORE_INCLUDE "${code}")
endfunction()

# Makes the object library `name` from `sources`, compiled as target `like` would have compiled them.
function(make_object_library name like sources)
  add_library(${name} OBJECT ${sources})
  get_target_property(includes ${like} INCLUDE_DIRECTORIES)
  get_target_property(libraries ${like} LINK_LIBRARIES)
  target_include_directories(${name} PRIVATE ${includes})
  target_link_libraries(${name} PRIVATE ${libraries})
  rename_local_names(${name} ${local_names})
endfunction()

# Moves sources out of `secure` and `unsecure` into object libraries.
function(share_objects secure unsecure)
  get_target_property(secure_sources ${secure} SOURCES)
  get_target_property(unsecure_sources ${unsecure} SOURCES)
  set(shared ${unsecure_sources})
  list(REMOVE_ITEM unsecure_sources ${secure_sources})
  list(REMOVE_ITEM shared ${unsecure_sources})
  list(REMOVE_ITEM secure_sources ${shared})
  make_object_library(${unsecure}_shared ${secure} "${shared}")
  set_property(TARGET ${unsecure} PROPERTY SOURCES ${unsecure_sources} $<TARGET_OBJECTS:${unsecure}_shared>)

  # Some 250 small C files generated from .proto files. Two of their names may not be replaced anywhere else.
  set(generated ${secure_sources})
  list(FILTER generated INCLUDE REGEX "upb(defs)?-generated.*\\.c$")
  if(generated)
    list(REMOVE_ITEM secure_sources ${generated})
    make_object_library(${secure}_generated ${secure} "${generated}")
    rename_local_names(${secure}_generated ${local_names_generated})
    set_target_properties(${secure}_generated PROPERTIES UNITY_BUILD_BATCH_SIZE 64)
    list(APPEND secure_sources $<TARGET_OBJECTS:${secure}_generated>)
  endif()
  set_property(TARGET ${secure} PROPERTY SOURCES ${secure_sources} $<TARGET_OBJECTS:${unsecure}_shared>)
  rename_local_names(${secure} ${local_names})
endfunction()

function(resource_broker_rearrange_grpc)
  share_objects(grpc grpc_unsecure)
  share_objects(grpc++ grpc++_unsecure)
  set_source_files_properties(${lone_files} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  # upb repeats some generated files that grpc has. As single objects the linker passes over them.
  set_target_properties(upb PROPERTIES UNITY_BUILD OFF)
  foreach(target IN LISTS unused_targets)
    set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)
  endforeach()
endfunction()
cmake_language(DEFER CALL resource_broker_rearrange_grpc)
