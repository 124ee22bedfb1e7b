# Only what TLS 1.2 and 1.3 with X.509 certificates need.
build_openssl() {
  need_source openssl
  local build=$work/build/openssl
  mkdir -p "$build"
  cd "$build"
  local off=(
    shared tests dso engine legacy ui-console
    aria bf blake2 camellia cast cmp cms dgram dtls gost idea md4 mdc2 ocb rc2 rc4 rmd160 scrypt seed siphash
    sm2 sm3 sm4 srp srtp ssl3 ts uplink whirlpool
  )
  # The compiler's name comes from PATH so that ccache can stand in front of it.
  if ((${#launcher[@]})); then
    mkdir -p "$work/ccache"
    ln -sf "$(command -v ccache)" "$work/ccache/x86_64-w64-mingw32-gcc"
    export CCACHE_COMPILER=/usr/bin/x86_64-w64-mingw32-gcc-posix
    export PATH=$work/ccache:$PATH
  fi
  if [[ ! -e Makefile ]]; then
    run "$stage_log" perl "$work/src/openssl/Configure" mingw64 --cross-compile-prefix=x86_64-w64-mingw32- \
      --prefix="$prefix" --libdir=lib --openssldir=C:/resource-broker/openssl "${off[@]/#/no-}" \
      -O2 -DNDEBUG -D_WIN32_WINNT=0x0A00 -DWINVER=0x0A00 -ffunction-sections -fdata-sections $(common_flags)
  fi
  run "$stage_log" make -j"$jobs" build_libs
  run "$stage_log" make install_dev
}
