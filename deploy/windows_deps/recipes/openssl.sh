# shellcheck shell=bash disable=SC2034,SC2154,SC2164
# Only what TLS 1.2 and 1.3 with X.509 certificates need, and nothing loaded at run time: no configuration file, no
# modules, no engines.
build_openssl() {
  need_source openssl
  local build=$work/build/openssl
  mkdir -p "$build"
  cd "$build"
  local off=(
    autoload-config dso engine legacy module shared tests ui-console uplink
    aria bf blake2 camellia cast cmp cms dgram dtls gost idea md4 mdc2 ocb rc2 rc4 rmd160 scrypt seed siphash
    sm2 sm3 sm4 srp srtp ssl3 ts whirlpool
  )
  if ((${#launcher[@]})); then
    mkdir -p "$work/ccache"
    ln -sf "$(command -v ccache)" "$work/ccache/x86_64-w64-mingw32-gcc"
    export PATH=$work/ccache:$PATH
  fi
  # No -ffile-prefix-map: the flags become a string in the library, and the paths are relative already.
  if [[ ! -e configured ]]; then
    run "$stage_log" perl "$work/src/openssl/Configure" mingw64 --cross-compile-prefix=x86_64-w64-mingw32- \
      --prefix=/unused --libdir=lib "${off[@]/#/no-}" \
      -O2 -DNDEBUG -D_WIN32_WINNT=0x0A00 -DWINVER=0x0A00 -ffunction-sections -fdata-sections
    touch configured
  fi
  # Compiled in: a folder that only administrators can write to. (Configure takes C:/… for a relative path.)
  local folder="C:/Program Files/Common Files/SSL"
  local folders=("OPENSSLDIR=$folder" "ENGINESDIR=$folder/engines" "MODULESDIR=$folder/modules")
  run "$stage_log" make -j"$jobs" "${folders[@]}" build_libs
  run "$stage_log" make "${folders[@]}" INSTALLTOP="$prefix" install_dev
}
