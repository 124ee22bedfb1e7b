# shellcheck shell=bash disable=SC2034,SC2154,SC2164
# Messages, the recipe's hash, and where things are. Sourced by build.sh.

say() { printf '%s\n' "windows_deps: $*" >&2; }
die() {
  printf '%s\n' "windows_deps: error: $*" >&2
  exit 1
}

readonly compiler=x86_64-w64-mingw32-g++-posix

# Hash over everything that shapes the result: the recipe, the toolchain file, the compiler. Not over README.md.
recipe_key() {
  if [[ -n ${RESOURCE_BROKER_WINDOWS_DEPS_KEY:-} ]]; then
    echo "$RESOURCE_BROKER_WINDOWS_DEPS_KEY"
    return
  fi
  local version
  version=$("$compiler" --version 2>/dev/null) ||
    die "$compiler is not installed; run build.sh without options once, it installs what it needs"
  (
    cd "$here" || exit
    echo "$version"
    find . -type f ! -name '*.md' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    sha256sum <"$toolchain_file"
  ) | sha256sum | cut -c 1-16
}

# run <log> <command...>: runs quietly; shows the end of the log if it fails.
run() {
  local log=$1
  shift
  if ! "$@" >>"$log" 2>&1; then
    {
      echo "--- end of $log"
      tail -n 40 "$log"
      echo "---"
    } >&2
    die "failed: $*"
  fi
}
