#!/usr/bin/env bash
# Builds the static Windows libraries that Resource Broker links, with MinGW-w64 on Debian, into a cache outside the
# checkout. See README.md. Progress goes to stderr; stdout carries only the path of the finished prefix.
# shellcheck disable=SC2034 # variables are used by the files sourced below
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
toolchain_file=$(dirname "$here")/mingw_toolchain.cmake

for part in common packages sources cmake stages; do
  # shellcheck source=/dev/null
  source "$here/lib/$part.sh"
done

usage() {
  cat <<'TEXT'
usage: build.sh [option]

Builds zlib, abseil, re2, c-ares, protobuf, OpenSSL, gRPC, googletest, SQLite, libzip, yaml-cpp, civetweb,
prometheus-cpp, benchmark, asio, spdlog, fmt and CLI11 for Windows x86-64 and prints the path they are installed under.
Does nothing if that was done before.

  --print-prefix   print the path without building; it may not exist yet
  --jobs N         compile N files at once (default: the number of processors)
  --keep-work      keep sources and object files after a complete build, for a look
  --help           this text

environment:
  RESOURCE_BROKER_CACHE              cache folder (default: $XDG_CACHE_HOME/resource-broker or ~/.cache/resource-broker)
  RESOURCE_BROKER_WINDOWS_DEPS_KEY   overrides the hash of the recipe in the prefix's name: for work on the recipe
TEXT
}

jobs=$(nproc)
keep_work=no
print_prefix=no
while (($#)); do
  case $1 in
    --print-prefix) print_prefix=yes ;;
    --jobs) [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || die "--jobs needs a number"; jobs=$2; shift ;;
    --keep-work) keep_work=yes ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; die "unknown option: $1" ;;
  esac
  shift
done

# Name of the recipe, title, time on two processors without ccache (two stages share them).
stages=(
  "headers       zlib, asio, spdlog, fmt, CLI11    1 s"
  "c_ares        c-ares                      1 min"
  "abseil        abseil                      1 min"
  "re2           re2                         30 s"
  "openssl       OpenSSL                     4 min"
  "protobuf      protobuf                    1 min"
  "grpc          gRPC                        4 min"
  "grpc_services  gRPC reflection, channelz  30 s"
  "googletest    googletest                  30 s"
  "sqlite        SQLite                      1 min"
  "libzip        libzip                      30 s"
  "yaml_cpp      yaml-cpp                    30 s"
  "civetweb      civetweb                    10 s"
  "prometheus    prometheus-cpp              20 s"
  "benchmark     benchmark                   20 s"
)
# Two lanes, because each library's configuration keeps one processor busy and the other idle. gRPC, which everybody
# waits for, comes as early as its dependencies allow.
lane_1="headers abseil protobuf grpc grpc_services"
lane_2="c_ares re2 openssl googletest sqlite libzip yaml_cpp civetweb prometheus benchmark"

cache=${RESOURCE_BROKER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/resource-broker}

# The key needs the compiler's version. Asking only for the path must not install anything.
if [[ $print_prefix == no ]]; then
  install_compiler_if_missing
fi
key=$(recipe_key)
finished=$cache/windows-deps-$key

# Built elsewhere and moved here when complete: if it exists, it is whole.
if [[ $print_prefix == no && ! -d $finished ]]; then
  mkdir -p "$cache"
  exec {lock}>"$cache/windows-deps.lock"
  if ! flock --nonblock "$lock"; then
    say "another build is running; waiting for it"
    flock "$lock"
  fi
  [[ -d $finished ]] || build_all_stages
fi
echo "$finished"
