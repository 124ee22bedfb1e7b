# What Debian ships ready to use: zlib for MinGW, and libraries that are headers only.
build_headers() {
  local mingw=/usr/x86_64-w64-mingw32 cmake_dir=$prefix/lib/cmake
  install -D -m 644 -t "$prefix/include" "$mingw/include/zlib.h" "$mingw/include/zconf.h"
  # Only the static one: next to libz.dll.a, CMake would choose that.
  install -D -m 644 -t "$prefix/lib" "$mingw/lib/libz.a"

  cp -r /usr/include/spdlog /usr/include/fmt /usr/include/CLI "$prefix/include/"
  install -D -m 644 "$here/recipes/packages/fmt-config.cmake" "$cmake_dir/fmt/fmt-config.cmake"
  install -D -m 644 "$here/recipes/packages/spdlogConfig.cmake" "$cmake_dir/spdlog/spdlogConfig.cmake"
  install -D -m 644 "$here/recipes/packages/CLI11Config.cmake" "$cmake_dir/CLI11/CLI11Config.cmake"
}
