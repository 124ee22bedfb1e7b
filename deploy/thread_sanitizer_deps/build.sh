#!/usr/bin/env bash
# Builds Abseil, protobuf and gRPC from Debian's sources with ThreadSanitizer, into a cache outside the checkout: in
# libraries that were not built with it, it sees neither their locks nor what they order. The recipes are those of
# ../windows_deps. Progress goes to stderr; stdout carries only the path of the finished prefix.
# shellcheck disable=SC2034 # variables are used by the files sourced below
set -euo pipefail

own=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
here=$(dirname "$own")/windows_deps
for part in common packages sources; do
  # shellcheck source=/dev/null
  source "$here/lib/$part.sh"
done
say() { printf '%s\n' "thread_sanitizer_deps: $*" >&2; }
die() {
  say "error: $*"
  exit 1
}

packages=(
  build-essential ccache cmake dpkg-dev ninja-build protobuf-compiler protobuf-compiler-grpc
  libc-ares-dev libre2-dev libssl-dev zlib1g-dev)

# Over the recipe, the compiler and Debian's release of it all.
key() {
  {
    g++ --version
    cat "$own"/{build.sh,grpc.cmake} "$here"/lib/{common,packages,sources}.sh "$here"/recipes/*.cmake \
      "$here"/recipes/grpc_services/CMakeLists.txt
  } | sha256sum | cut -c 1-16
}

# build <source package> <cmake option…>
build() {
  local package=$1 log=$work/$1.log
  fetch_source "$package" >>"$log" 2>&1 || { tail -n 15 "$log" >&2; die "could not fetch the source package $package"; }
  build_folder "$package" "$work/src/$package" "${@:2}"
}

# build_folder <name> <folder> <cmake option…>
build_folder() {
  local name=$1 folder=$2 started=$SECONDS log=$work/$1.log
  shift 2
  say "$name …"
  run "$log" cmake -G Ninja -S "$folder" -B "$work/build/$name" \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
    -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF -DCMAKE_CXX_STANDARD=17 -DCMAKE_POLICY_DEFAULT_CMP0077=NEW \
    -DCMAKE_C_FLAGS_RELEASE="$flags" -DCMAKE_CXX_FLAGS_RELEASE="$flags" \
    -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=16 \
    -DCMAKE_PROJECT_INCLUDE="$here/recipes/every_project.cmake" \
    -DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache "$@"
  run "$log" cmake --build "$work/build/$name" --parallel "$(nproc)"
  run "$log" cmake --install "$work/build/$name"
  say "$name done after $((SECONDS - started)) s"
}

build_all() {
  install_packages "${packages[@]}"
  work=$cache/thread-sanitizer-deps-work
  prefix=$work/prefix
  rm -rf "$work"
  mkdir -p "$prefix" "$work/src"
  local flags="-O1 -g1 -DNDEBUG -w -fsanitize=thread -fno-omit-frame-pointer -ffile-prefix-map=$work/src=."
  say "building Abseil, protobuf and gRPC with ThreadSanitizer, about 8 min on two idle processors"
  (prepare_private_apt) >"$work/apt.log" 2>&1 || { tail -n 15 "$work/apt.log" >&2; die "apt-get update failed"; }
  build abseil -DABSL_PROPAGATE_CXX_STD=ON -DCMAKE_PROJECT_absl_INCLUDE="$here/recipes/abseil.cmake"
  build protobuf -Dprotobuf_BUILD_TESTS=OFF -Dprotobuf_BUILD_PROTOC_BINARIES=OFF -Dprotobuf_BUILD_LIBPROTOC=OFF \
    -Dprotobuf_WITH_ZLIB=OFF -Dprotobuf_DEBUG_POSTFIX= \
    -DCMAKE_PROJECT_protobuf_INCLUDE="$here/recipes/protobuf.cmake"
  build grpc \
    -DgRPC_ABSL_PROVIDER=package -DgRPC_CARES_PROVIDER=package -DgRPC_PROTOBUF_PROVIDER=package \
    -DgRPC_RE2_PROVIDER=package -DgRPC_SSL_PROVIDER=package -DgRPC_ZLIB_PROVIDER=package \
    -DgRPC_PROTOBUF_PACKAGE_TYPE=CONFIG -DgRPC_BUILD_CODEGEN=OFF -DgRPC_BUILD_CSHARP_EXT=OFF \
    -DgRPC_BUILD_GRPC_{CPP,CSHARP,NODE,OBJECTIVE_C,PHP,PYTHON,RUBY}_PLUGIN=OFF \
    -DCMAKE_PROJECT_grpc_INCLUDE="$own/grpc.cmake"
  build_folder grpc_services "$here/recipes/grpc_services" -DGRPC_SOURCE="$work/src/grpc"
  cp -t "$prefix/include/grpcpp/ext" "$work"/src/grpc/include/grpcpp/ext/{channelz_service,proto_server_reflection}_plugin.h
  mv "$prefix" "$finished"
  rm -rf "$work"
  say "done: $finished"
}

cache=${RESOURCE_BROKER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/resource-broker}
case ${1:-} in
  '' | --print-prefix) ;;
  *) die "usage: build.sh [--print-prefix]" ;;
esac
finished=$cache/thread-sanitizer-deps-$(key)
if [[ ${1:-} != --print-prefix && ! -d $finished ]]; then
  mkdir -p "$cache"
  exec {lock}>"$cache/thread-sanitizer-deps.lock"
  flock "$lock"
  [[ -d $finished ]] || build_all
fi
echo "$finished"
