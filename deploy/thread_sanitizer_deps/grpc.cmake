# Included by CMake after gRPC's project(): as for Windows, and what clashes among the files that only POSIX has.
include("${CMAKE_CURRENT_LIST_DIR}/../windows_deps/recipes/grpc.cmake")
list(APPEND lone_files
    src/core/lib/event_engine/posix_engine/ev_poll_posix.cc
    src/core/lib/iomgr/ev_poll_posix.cc
    src/core/lib/iomgr/ev_posix.cc)
