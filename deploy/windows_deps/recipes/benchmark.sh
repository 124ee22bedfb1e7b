# shellcheck shell=bash disable=SC2034,SC2154,SC2164
build_benchmark() {
  need_source benchmark
  # Debian takes the version from outside; with 0.0.0 it is the project's own.
  build_cmake "$work/src/benchmark" -DGIT_VERSION=0.0.0 -DBENCHMARK_ENABLE_TESTING=OFF \
    -DBENCHMARK_ENABLE_GTEST_TESTS=OFF -DBENCHMARK_INSTALL_DOCS=OFF -DBENCHMARK_ENABLE_WERROR=OFF
}
