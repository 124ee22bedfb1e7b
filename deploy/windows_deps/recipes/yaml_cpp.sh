# shellcheck shell=bash disable=SC2034,SC2154,SC2164
build_yaml_cpp() {
  need_source yaml-cpp
  build_cmake "$work/src/yaml-cpp" -DYAML_BUILD_SHARED_LIBS=OFF -DYAML_CPP_BUILD_TESTS=OFF -DYAML_CPP_BUILD_TOOLS=OFF \
    -DYAML_CPP_BUILD_CONTRIB=OFF
}
