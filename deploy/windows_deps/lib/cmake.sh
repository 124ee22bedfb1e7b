# shellcheck shell=bash disable=SC2034,SC2154,SC2164
# What the recipes share. Sourced by build.sh.

# No path of this machine in __FILE__, hence in no binary; -w: warnings in other people's code help nobody here.
common_flags() { echo "-w -ffile-prefix-map=$work/src=."; }

# build_cmake <source> <options...>: configures, builds, installs. After an interruption it goes on where it was.
build_cmake() {
  local source=$1 build
  build=$work/build/$(basename "$stage_log" .log)
  shift
  run "$stage_log" cmake -G Ninja -S "$source" -B "$build" \
    -DCMAKE_TOOLCHAIN_FILE="$toolchain_file" \
    -DRESOURCE_BROKER_WINDOWS_PREFIX="$prefix" \
    -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib \
    -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF \
    -DCMAKE_C_FLAGS_RELEASE="-O2 -DNDEBUG $(common_flags)" \
    -DCMAKE_CXX_FLAGS_RELEASE="-O2 -DNDEBUG $(common_flags)" \
    -DCMAKE_POLICY_DEFAULT_CMP0077=NEW \
    -DCMAKE_PROJECT_INCLUDE="$here/recipes/every_project.cmake" \
    "${launcher[@]}" "$@"
  run "$stage_log" cmake --build "$build" --parallel "$jobs"
  run "$stage_log" cmake --install "$build"
}
