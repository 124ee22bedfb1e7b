# CMake toolchain: Windows x86-64 binaries from Debian's MinGW-w64 (posix threads).
#
# Used twice: by windows_deps/build.sh for each library, and by the project itself. Both must see the same flags:
# gRPC's private headers change layout with NDEBUG, and abseil's types change with the C++ standard.
#
#   cmake --toolchain deploy/mingw_toolchain.cmake -DRESOURCE_BROKER_WINDOWS_PREFIX=$(deploy/windows_deps/build.sh --print-prefix) ...
#
# The prefix can also come from the environment variable of the same name.

set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)

# try_compile() runs this file again in a project of its own: hand the prefix on.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES RESOURCE_BROKER_WINDOWS_PREFIX)
if(NOT DEFINED RESOURCE_BROKER_WINDOWS_PREFIX AND DEFINED ENV{RESOURCE_BROKER_WINDOWS_PREFIX})
  set(RESOURCE_BROKER_WINDOWS_PREFIX "$ENV{RESOURCE_BROKER_WINDOWS_PREFIX}"
      CACHE PATH "Where windows_deps/build.sh installed the libraries")
endif()
if(NOT RESOURCE_BROKER_WINDOWS_PREFIX)
  message(FATAL_ERROR "RESOURCE_BROKER_WINDOWS_PREFIX is not set: run deploy/windows_deps/build.sh "
                      "and pass what it prints with -DRESOURCE_BROKER_WINDOWS_PREFIX=...")
endif()

# The -posix variants bring std::thread and std::mutex; the plain names may point at the win32 ones.
set(_triple x86_64-w64-mingw32)
set(CMAKE_C_COMPILER ${_triple}-gcc-posix)
set(CMAKE_CXX_COMPILER ${_triple}-g++-posix)
set(CMAKE_RC_COMPILER ${_triple}-windres)
unset(_triple)

# Headers, libraries and packages come from the prefix alone (and the compiler's own directories); programs such as
# protoc run here, so they come from this machine.
set(CMAKE_FIND_ROOT_PATH "${RESOURCE_BROKER_WINDOWS_PREFIX}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# 0x0A00 is Windows 10 and Server 2016. Sections allow --gc-sections to drop two thirds of gRPC.
set(_flags "-D_WIN32_WINNT=0x0A00 -DWINVER=0x0A00 -ffunction-sections -fdata-sections")
set(CMAKE_C_FLAGS_INIT "${_flags}")
set(CMAKE_CXX_FLAGS_INIT "${_flags}")
unset(_flags)

# -static: the binaries import only Windows' own DLLs (no libstdc++, libgcc or winpthread).
set(_link "-static -Wl,--gc-sections")
set(CMAKE_EXE_LINKER_FLAGS_INIT "${_link}")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "${_link}")
set(CMAKE_MODULE_LINKER_FLAGS_INIT "${_link}")
unset(_link)

# gnu++17, because abseil is built so: std::optional and absl::optional are one type from C++17 on.
if(NOT DEFINED CMAKE_CXX_STANDARD)
  set(CMAKE_CXX_STANDARD 17)
  set(CMAKE_CXX_STANDARD_REQUIRED ON)
  set(CMAKE_CXX_EXTENSIONS ON)
endif()

# FindZLIB and FindOpenSSL prefer import libraries when they see any; name the static ones.
set(ZLIB_INCLUDE_DIR "${RESOURCE_BROKER_WINDOWS_PREFIX}/include" CACHE PATH "" FORCE)
set(ZLIB_LIBRARY "${RESOURCE_BROKER_WINDOWS_PREFIX}/lib/libz.a" CACHE FILEPATH "" FORCE)
set(ZLIB_LIBRARY_RELEASE "${ZLIB_LIBRARY}" CACHE FILEPATH "" FORCE)
set(OPENSSL_USE_STATIC_LIBS TRUE)
set(OPENSSL_ROOT_DIR "${RESOURCE_BROKER_WINDOWS_PREFIX}" CACHE PATH "" FORCE)
