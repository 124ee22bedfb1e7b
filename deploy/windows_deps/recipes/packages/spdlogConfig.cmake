# spdlog as headers only, with fmt's own headers instead of its copy (Debian removes the copy).
include(CMakeFindDependencyMacro)
find_dependency(fmt CONFIG)
if(NOT TARGET spdlog::spdlog_header_only)
  get_filename_component(_spdlog_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
  add_library(spdlog::spdlog_header_only INTERFACE IMPORTED)
  set_target_properties(spdlog::spdlog_header_only PROPERTIES
    INTERFACE_COMPILE_DEFINITIONS SPDLOG_FMT_EXTERNAL
    INTERFACE_INCLUDE_DIRECTORIES "${_spdlog_prefix}/include"
    INTERFACE_LINK_LIBRARIES fmt::fmt-header-only)
  unset(_spdlog_prefix)
endif()
