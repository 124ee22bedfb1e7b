# shellcheck shell=bash disable=SC2034,SC2154,SC2164
build_abseil() {
  need_source abseil
  # PROPAGATE: its users compile with the standard it was compiled with.
  build_cmake "$work/src/abseil" -DABSL_PROPAGATE_CXX_STD=ON \
    -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=20 \
    -DCMAKE_PROJECT_absl_INCLUDE="$here/recipes/abseil.cmake"
}
