# shellcheck shell=bash disable=SC2034,SC2154,SC2164
# Runs the stages, each once, in two lanes side by side. Sourced by build.sh.

build_all_stages() {
  # The same path for every key: ccache then finds objects of an earlier recipe again.
  work=$cache/windows-deps-work
  prefix=$work/prefix
  [[ ! -e $work/key || $(<"$work/key") == "$key" ]] || rm -rf "$work"
  mkdir -p "$prefix" "$work"/{logs,stamps}
  echo "$key" >"$work/key"
  install_packages "${build_packages[@]}"
  find_ccache
  say "building the Windows libraries, about 9 min on two idle processors"

  # Each background job gets a process group of its own, so that all of it can be stopped if another one fails.
  background=()
  trap stop_background EXIT
  set -m
  fetch_sources </dev/null >"$work/logs/fetch.log" 2>&1 &
  background+=($!)
  run_lane "$lane_1" </dev/null &
  background+=($!)
  run_lane "$lane_2" </dev/null &
  background+=($!)
  set +m
  wait_for_background
  trap - EXIT

  finish_prefix
}

# Returns when all have ended; leaves the script as soon as one has failed.
wait_for_background() {
  local group running=("${background[@]}") still
  while ((${#running[@]})); do
    still=()
    for group in "${running[@]}"; do
      if kill -0 "$group" 2>/dev/null; then
        still+=("$group")
      else
        wait "$group" || exit 1
      fi
    done
    running=("${still[@]}")
    sleep 0.2
  done
}

stop_background() {
  local group
  for group in "${background[@]}"; do
    kill -- "-$group" 2>/dev/null || true
  done
}

run_lane() {
  local name
  for name in $1; do
    [[ -e $work/stamps/$name ]] || run_stage "$name"
  done
}

# need_stage <name…>: waits until the other lane has built these. Should it fail, this lane is stopped as well.
need_stage() {
  local name
  for name in "$@"; do
    until [[ -e $work/stamps/$name ]]; do sleep 0.2; done
  done
}

run_stage() {
  local name=$1 number=0 line found title estimate started=$SECONDS
  for line in "${stages[@]}"; do
    number=$((number + 1))
    IFS='|' read -r found title estimate < <(sed -E 's/ {2,}/|/g' <<<"$line")
    [[ $found != "$name" ]] || break
  done
  say "[$number/${#stages[@]}] $title … about $estimate"
  stage_log=$work/logs/$name.log
  # In a subshell, so that one recipe's variables do not reach the next.
  (
    # shellcheck source=/dev/null
    source "$here/recipes/$name.sh"
    "build_$name"
  )
  echo "$title: $((SECONDS - started)) s, $ccache_note" >>"$prefix/build.log"
  touch "$work/stamps/$name"
  say "[$number/${#stages[@]}] $title done after $((SECONDS - started)) s"
}

finish_prefix() {
  # Nothing here uses these, and pkg-config files hold absolute paths: without them the prefix can be moved.
  rm -rf "${prefix:?}"/{lib/pkgconfig,share,bin}
  mv "$prefix" "$finished"
  # Its stamps are void now, with or without the rest.
  rm -rf "$work/stamps"
  [[ $keep_work == yes ]] || rm -rf "$work"
  say "done: $finished ($(du -sh "$finished" | cut -f 1))"
}

# ccache takes part as CMake's launcher, and for OpenSSL's make through the compiler's name in PATH.
find_ccache() {
  launcher=()
  ccache_note="without ccache"
  if command -v ccache >/dev/null && [[ -z ${CCACHE_DISABLE:-} ]]; then
    ccache_note="with ccache"
    launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
}
