# Debian packages needed on this machine. Sourced by build.sh.

readonly compiler_packages=(g++-mingw-w64-x86-64-posix)
# unicode-data: re2's tables. tcl: SQLite's amalgamation. The -dev ones: headers that are copied into the prefix.
readonly build_packages=(
  ccache cmake dpkg-dev make ninja-build perl python3 tcl unicode-data
  libcli11-dev libfmt-dev libspdlog-dev libz-mingw-w64-dev
  protobuf-compiler protobuf-compiler-grpc
)

# install_packages <name...>: calls apt-get only if one is missing.
install_packages() {
  local package missing=()
  for package in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0

  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "these packages are missing, install them as root: ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600)
  local options=(install --yes --no-install-recommends)
  # Lists are often stale or empty in a container: refresh them only if the first attempt fails.
  "${apt[@]}" "${options[@]}" "${missing[@]}" >/dev/null 2>&1 || {
    "${apt[@]}" update >&2 || die "apt-get update failed: is this machine online?"
    "${apt[@]}" "${options[@]}" "${missing[@]}" >&2 || die "apt-get could not install: ${missing[*]}"
  }
}

install_compiler_if_missing() {
  command -v "$compiler" >/dev/null || install_packages "${compiler_packages[@]}"
}
