# shellcheck shell=bash disable=SC2034,SC2154,SC2164
build_googletest() {
  need_source googletest
  # Without pthreads, as gtest's headers expect on Windows: they never look at how the library was built.
  build_cmake "$work/src/googletest" -Dgtest_disable_pthreads=ON
}
