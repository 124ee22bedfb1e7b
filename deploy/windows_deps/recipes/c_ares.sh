# shellcheck shell=bash disable=SC2034,SC2154,SC2164
build_c_ares() {
  need_source c-ares
  # MinGW's headers do not declare INADDRSZ.
  build_cmake "$work/src/c-ares" \
    -DCARES_STATIC=ON -DCARES_SHARED=OFF -DCARES_BUILD_TOOLS=OFF -DCARES_BUILD_TESTS=OFF \
    -DCMAKE_C_FLAGS="-D_WIN32_WINNT=0x0A00 -DWINVER=0x0A00 -ffunction-sections -fdata-sections -DINADDRSZ=4"
}
