# shellcheck shell=bash disable=SC2034,SC2154,SC2164
build_civetweb() {
  need_source civetweb
  # For prometheus-cpp, which answers requests itself: no files, scripts or TLS.
  build_cmake "$work/src/civetweb" -DCIVETWEB_BUILD_TESTING=OFF -DCIVETWEB_ENABLE_CXX=ON -DCIVETWEB_ENABLE_SSL=OFF \
    -DCIVETWEB_ENABLE_SERVER_EXECUTABLE=OFF -DCIVETWEB_ENABLE_ASAN=OFF -DCIVETWEB_DISABLE_CGI=ON \
    -DCIVETWEB_SERVE_NO_FILES=ON
}
