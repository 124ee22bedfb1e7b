# What the project links, by the same names natively and for Windows.
#
#   rb::grpc           gRPC with TLS; the broker, its modules, the clients
#   rb::grpc_unsecure  gRPC without TLS and protobuf's lite runtime; the bridge, which wants to be small
# A static library of ours uses the headers (rb::grpc_headers) and leaves the choice to the program.
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(GTest REQUIRED)
find_program(PROTOC protoc REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

# ipc/ rests on internals of exactly this version; see ipc/README.md.
if(NOT gRPC_VERSION VERSION_EQUAL 1.51.1)
  message(FATAL_ERROR "gRPC 1.51.1 is needed, found ${gRPC_VERSION}")
endif()

add_library(rb_grpc INTERFACE)
target_link_libraries(rb_grpc INTERFACE gRPC::grpc++ protobuf::libprotobuf Threads::Threads)
add_library(rb::grpc ALIAS rb_grpc)

add_library(rb_grpc_unsecure INTERFACE)
# Natively gRPC's shared library brings the full runtime with it anyway, and two runtimes in one process would clash.
target_link_libraries(rb_grpc_unsecure INTERFACE
  gRPC::grpc++_unsecure protobuf::libprotobuf$<$<BOOL:${WIN32}>:-lite> Threads::Threads)
add_library(rb::grpc_unsecure ALIAS rb_grpc_unsecure)

add_library(rb_grpc_headers INTERFACE)
target_include_directories(rb_grpc_headers SYSTEM INTERFACE
  $<TARGET_PROPERTY:gRPC::grpc++,INTERFACE_INCLUDE_DIRECTORIES>
  $<TARGET_PROPERTY:protobuf::libprotobuf,INTERFACE_INCLUDE_DIRECTORIES>)
add_library(rb::grpc_headers ALIAS rb_grpc_headers)

find_path(SQLITE_INCLUDE_DIR sqlite3.h REQUIRED)
find_library(SQLITE_LIBRARY sqlite3 REQUIRED)
add_library(rb_sqlite INTERFACE)
target_include_directories(rb_sqlite SYSTEM INTERFACE "${SQLITE_INCLUDE_DIR}")
target_link_libraries(rb_sqlite INTERFACE "${SQLITE_LIBRARY}")
add_library(rb::sqlite ALIAS rb_sqlite)

# Debian's own CMake files of libzip name programs that are not part of its library.
if(WIN32)
  find_package(libzip CONFIG REQUIRED)
  add_library(rb::zip ALIAS libzip::zip)
else()
  find_path(ZIP_INCLUDE_DIR zip.h REQUIRED)
  find_library(ZIP_LIBRARY zip REQUIRED)
  add_library(rb_zip INTERFACE)
  target_include_directories(rb_zip SYSTEM INTERFACE "${ZIP_INCLUDE_DIR}")
  target_link_libraries(rb_zip INTERFACE "${ZIP_LIBRARY}")
  add_library(rb::zip ALIAS rb_zip)
endif()

# What gRPC's servers show of themselves: reflection and channelz.
if(WIN32 OR RESOURCE_BROKER_SANITIZE STREQUAL "thread")
  find_package(grpc_services CONFIG REQUIRED)
endif()
add_library(rb_grpc_insight INTERFACE)
target_link_libraries(rb_grpc_insight INTERFACE gRPC::grpc++_reflection gRPC::grpcpp_channelz)
add_library(rb::grpc_insight ALIAS rb_grpc_insight)

# Asio as headers, without Boost. On Windows it brings the sockets of the system.
find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
add_library(rb_asio INTERFACE)
target_include_directories(rb_asio SYSTEM INTERFACE "${ASIO_INCLUDE_DIR}")
target_compile_definitions(rb_asio INTERFACE ASIO_STANDALONE)
target_link_libraries(rb_asio INTERFACE Threads::Threads $<$<BOOL:${WIN32}>:ws2_32> $<$<BOOL:${WIN32}>:mswsock>)
add_library(rb::asio ALIAS rb_asio)

find_package(yaml-cpp CONFIG REQUIRED)
add_library(rb_yaml INTERFACE)
target_link_libraries(rb_yaml INTERFACE yaml-cpp)
add_library(rb::yaml ALIAS rb_yaml)

# spdlog and fmt as headers: the same on both sides, and nothing to link.
find_path(SPDLOG_INCLUDE_DIR spdlog/spdlog.h REQUIRED)
find_path(CLI11_INCLUDE_DIR CLI/CLI.hpp REQUIRED)
add_library(rb_spdlog INTERFACE)
target_include_directories(rb_spdlog SYSTEM INTERFACE "${SPDLOG_INCLUDE_DIR}")
# On Windows files are named in UTF-16, not in whatever code page the machine has.
target_compile_definitions(rb_spdlog INTERFACE SPDLOG_FMT_EXTERNAL FMT_HEADER_ONLY=1
  $<$<BOOL:${WIN32}>:SPDLOG_WCHAR_FILENAMES>)
add_library(rb::spdlog ALIAS rb_spdlog)
add_library(rb_cli11 INTERFACE)
target_include_directories(rb_cli11 SYSTEM INTERFACE "${CLI11_INCLUDE_DIR}")
add_library(rb::cli11 ALIAS rb_cli11)

# Debian's own CMake files of prometheus-cpp name its push gateway's libraries, which nothing here has.
add_library(rb_prometheus INTERFACE)
if(WIN32)
  find_package(prometheus-cpp CONFIG REQUIRED)
  target_link_libraries(rb_prometheus INTERFACE prometheus-cpp::pull prometheus-cpp::core)
else()
  find_path(PROMETHEUS_INCLUDE_DIR prometheus/exposer.h REQUIRED)
  find_library(PROMETHEUS_PULL_LIBRARY prometheus-cpp-pull REQUIRED)
  find_library(PROMETHEUS_CORE_LIBRARY prometheus-cpp-core REQUIRED)
  target_include_directories(rb_prometheus SYSTEM INTERFACE "${PROMETHEUS_INCLUDE_DIR}")
  target_link_libraries(rb_prometheus INTERFACE "${PROMETHEUS_PULL_LIBRARY}" "${PROMETHEUS_CORE_LIBRARY}")
endif()
add_library(rb::prometheus ALIAS rb_prometheus)
