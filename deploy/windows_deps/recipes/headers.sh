# shellcheck shell=bash disable=SC2034,SC2154,SC2164
# What Debian ships ready to use: zlib for MinGW, and libraries that are headers only.
build_headers() {
  local mingw=/usr/x86_64-w64-mingw32 cmake_dir=$prefix/lib/cmake
  install -D -m 644 -t "$prefix/include" "$mingw/include/zlib.h" "$mingw/include/zconf.h"
  # Only the static one: next to libz.dll.a, CMake would choose that.
  install -D -m 644 -t "$prefix/lib" "$mingw/lib/libz.a"

  cp -r /usr/include/asio /usr/include/asio.hpp /usr/include/spdlog /usr/include/fmt /usr/include/CLI "$prefix/include/"
  install -D -m 644 -t "$cmake_dir/fmt" "$here/recipes/packages/fmt-config.cmake"
  install -D -m 644 -t "$cmake_dir/spdlog" "$here/recipes/packages/spdlogConfig.cmake"
  install -D -m 644 -t "$cmake_dir/CLI11" "$here/recipes/packages/CLI11Config.cmake"

  # Of these, and of what the compiler itself links into each binary.
  local package
  for package in libz-mingw-w64-dev libasio-dev libspdlog-dev libfmt-dev libcli11-dev mingw-w64-x86-64-dev \
    g++-mingw-w64-x86-64-posix; do
    install -D -m 644 "/usr/share/doc/$package/copyright" "$prefix/licenses/$package.txt"
  done
}
