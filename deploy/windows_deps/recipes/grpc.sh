# shellcheck shell=bash disable=SC2034,SC2154,SC2164
build_grpc() {
  need_source grpc
  need_stage c_ares re2 openssl
  local source=$work/src/grpc flags
  flags="-Os -DNDEBUG $(common_flags)"
  # Size counts: all of this ends up in a DLL inside RHS.exe. CODEGEN off drops reflection and channelz, which would
  # need libprotoc. CONFIG: gRPC's exported targets then name protobuf's targets instead of absolute paths.
  build_cmake "$source" \
    -DgRPC_ABSL_PROVIDER=package -DgRPC_CARES_PROVIDER=package -DgRPC_PROTOBUF_PROVIDER=package \
    -DgRPC_RE2_PROVIDER=package -DgRPC_SSL_PROVIDER=package -DgRPC_ZLIB_PROVIDER=package \
    -DgRPC_PROTOBUF_PACKAGE_TYPE=CONFIG -DgRPC_BUILD_CODEGEN=OFF -DgRPC_BUILD_CSHARP_EXT=OFF \
    -DgRPC_BUILD_GRPC_{CPP,CSHARP,NODE,OBJECTIVE_C,PHP,PYTHON,RUBY}_PLUGIN=OFF \
    -DCMAKE_C_FLAGS_RELEASE="$flags" -DCMAKE_CXX_FLAGS_RELEASE="$flags" \
    -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=16 \
    -DCMAKE_PROJECT_grpc_INCLUDE="$here/recipes/grpc.cmake"
  install_grpc_private_headers "$source"
}

# gRPC has no public way to bring a transport of one's own: ipc/ includes its private headers. They go to a folder of
# their own, laid out as in gRPC's source tree, so that nothing includes them by accident.
install_grpc_private_headers() {
  local source=$1 target=$prefix/grpc-private
  rm -rf "$target"
  mkdir -p "$target"
  (
    cd "$source"
    find src/core src/cpp third_party/upb third_party/xxhash third_party/address_sorting -type f \
      \( -name '*.h' -o -name '*.hpp' -o -name '*.inc' \) -exec cp --parents -t "$target" {} +
  )
}
