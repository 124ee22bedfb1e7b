# shellcheck shell=bash disable=SC2034,SC2154,SC2164
build_prometheus() {
  need_source prometheus-cpp
  need_stage civetweb
  build_cmake "$work/src/prometheus-cpp" -DENABLE_PUSH=OFF -DENABLE_COMPRESSION=OFF -DENABLE_TESTING=OFF \
    -DUSE_THIRDPARTY_LIBRARIES=OFF -DGENERATE_PKGCONFIG=OFF
}
