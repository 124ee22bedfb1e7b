# shellcheck shell=bash disable=SC2034,SC2154,SC2164
# Debian packages needed on this machine. Sourced by build.sh.

readonly compiler_packages=(g++-mingw-w64-x86-64-posix)
# unicode-data: re2's tables. tcl, gcc: SQLite's amalgamation. The other -dev ones: headers copied into the prefix.
readonly build_packages=(
  ccache cmake dpkg-dev gcc libc6-dev make ninja-build perl python3 tcl unicode-data
  libasio-dev libcli11-dev libfmt-dev libspdlog-dev libz-mingw-w64-dev
  protobuf-compiler protobuf-compiler-grpc
)

# install_packages <name...>: calls apt-get only if one is missing.
install_packages() {
  local package missing=()
  for package in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0

  say "installing ${missing[*]}"
  # Lists are often stale or empty in a container: refresh them only if the first attempt fails.
  local install=(install --yes --no-install-recommends "${missing[@]}")
  root_apt "${install[@]}" >/dev/null 2>&1 || {
    refresh_package_lists
    root_apt "${install[@]}" >&2 || die "apt-get could not install: ${missing[*]}"
  }
}

refresh_package_lists() {
  root_apt update >&2 || die "apt-get update failed: is this machine online?"
}

root_apt() {
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "apt-get needs root or sudo; as root: apt-get $*"
    as_root=(sudo)
  fi
  # Another apt-get may be running: wait for its lock.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 "$@"
}

install_compiler_if_missing() {
  command -v "$compiler" >/dev/null || install_packages "${compiler_packages[@]}"
}
