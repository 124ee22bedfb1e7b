# Debian's package names compiled libraries for this machine; for Windows there are the headers alone.
if(NOT TARGET fmt::fmt-header-only)
  get_filename_component(_fmt_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
  add_library(fmt::fmt-header-only INTERFACE IMPORTED)
  set_target_properties(fmt::fmt-header-only PROPERTIES
    INTERFACE_COMPILE_DEFINITIONS FMT_HEADER_ONLY=1
    INTERFACE_INCLUDE_DIRECTORIES "${_fmt_prefix}/include")
  unset(_fmt_prefix)
endif()
