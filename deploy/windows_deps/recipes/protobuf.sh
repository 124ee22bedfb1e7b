# shellcheck shell=bash disable=SC2034,SC2154,SC2164
build_protobuf() {
  need_source protobuf
  # libprotobuf and libprotobuf-lite; protoc is the machine's own.
  build_cmake "$work/src/protobuf" \
    -Dprotobuf_BUILD_TESTS=OFF -Dprotobuf_BUILD_PROTOC_BINARIES=OFF -Dprotobuf_BUILD_LIBPROTOC=OFF \
    -Dprotobuf_WITH_ZLIB=OFF -Dprotobuf_DEBUG_POSTFIX= \
    -DCMAKE_PROJECT_protobuf_INCLUDE="$here/recipes/protobuf.cmake"
}
