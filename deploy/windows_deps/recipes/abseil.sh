build_abseil() {
  need_source abseil
  # PROPAGATE: its users compile with the standard it was compiled with.
  build_cmake "$work/src/abseil" -DABSL_PROPAGATE_CXX_STD=ON
}
