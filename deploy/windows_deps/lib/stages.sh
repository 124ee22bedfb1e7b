# Runs the stages, each once, and the steps that all of them share. Sourced by build.sh.

build_all_stages() {
  work=$prefix.work
  mkdir -p "$prefix/.stamps" "$work/logs"
  install_packages "${build_packages[@]}"
  use_ccache_if_present
  start_fetching_sources
  trap 'kill "$fetcher" 2>/dev/null || true' EXIT

  local number=0 name title estimate started seconds
  for stage in "${stages[@]}"; do
    number=$((number + 1))
    IFS='|' read -r name title estimate < <(sed -E 's/ {2,}/|/g' <<<"$stage")
    [[ ! -e $prefix/.stamps/$name ]] || continue
    say "[$number/${#stages[@]}] $title … about $estimate"
    started=$SECONDS
    stage_log=$work/logs/$name.log
    # In a subshell, so that one recipe's variables do not reach the next.
    (
      # shellcheck source=/dev/null
      source "$here/recipes/$name.sh"
      "build_$name"
    )
    seconds=$((SECONDS - started))
    echo "$name: $seconds s ($ccache_note)" | tee -a "$prefix/build.log" >"$prefix/.stamps/$name"
  done

  wait "$fetcher" 2>/dev/null || true
  trap - EXIT
  [[ $keep_work == yes ]] || rm -rf "$work"
  touch "$prefix/.complete"
  say "done: $prefix ($(du -sh "$prefix" | cut -f 1))"
}

# ccache takes part through the compiler's own name in PATH for OpenSSL's make, and as launcher for CMake.
use_ccache_if_present() {
  launcher=()
  ccache_note="no ccache"
  command -v ccache >/dev/null || return 0
  ccache_note="ccache"
  # Paths relative to the work folder: objects are found again under another key.
  export CCACHE_BASEDIR=$work CCACHE_NOHASHDIR=1
  launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
}

# No path of this machine in __FILE__, hence in no binary; -w: warnings in other people's code help nobody here.
common_flags() { echo "-w -ffile-prefix-map=$work/src=."; }

# configure_cmake <source> <build> <options...>
configure_cmake() {
  local source=$1 build=$2
  shift 2
  # An interrupted build resumes with what is there.
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
}

# build_cmake <source> <options...>: configure, build, install.
build_cmake() {
  local source=$1 build=$work/build/$(basename "$stage_log" .log)
  shift
  configure_cmake "$source" "$build" "$@"
  run "$stage_log" cmake --build "$build" --parallel "$jobs"
  run "$stage_log" cmake --install "$build"
}
