# shellcheck shell=bash disable=SC2034,SC2154,SC2164
build_libzip() {
  need_source libzip
  need_stage headers
  # Reading and writing of plain archives: no encryption, and no compression but zlib's.
  build_cmake "$work/src/libzip" \
    -DENABLE_COMMONCRYPTO=OFF -DENABLE_GNUTLS=OFF -DENABLE_MBEDTLS=OFF -DENABLE_OPENSSL=OFF \
    -DENABLE_WINDOWS_CRYPTO=OFF -DENABLE_BZIP2=OFF -DENABLE_LZMA=OFF \
    -DBUILD_TOOLS=OFF -DBUILD_REGRESS=OFF -DBUILD_EXAMPLES=OFF -DBUILD_DOC=OFF \
    -DZLIB_INCLUDE_DIR="$prefix/include" -DZLIB_LIBRARY="$prefix/lib/libz.a" -DZLIB_LIBRARY_RELEASE="$prefix/lib/libz.a"
}
