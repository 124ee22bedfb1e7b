# shellcheck shell=bash disable=SC2034,SC2154,SC2164
build_sqlite() {
  need_source sqlite3
  local build=$work/build/sqlite
  mkdir -p "$build"
  cd "$build"
  # Debian has the plain source tree: make the one-file form, with this machine's compiler.
  if [[ ! -e configured ]]; then
    run "$stage_log" "$work/src/sqlite3/configure" --disable-tcl --disable-readline
    touch configured
  fi
  rm -f sqlite3.c
  run "$stage_log" make sqlite3.c
  # The defaults, so that it behaves like the native one, but it never loads a DLL on behalf of a database.
  run "$stage_log" x86_64-w64-mingw32-gcc-posix -w -O2 -DNDEBUG \
    -D_WIN32_WINNT=0x0A00 -DWINVER=0x0A00 -ffunction-sections -fdata-sections \
    -DSQLITE_THREADSAFE=1 -DSQLITE_OMIT_LOAD_EXTENSION -c sqlite3.c -o sqlite3.o
  run "$stage_log" x86_64-w64-mingw32-ar rcs libsqlite3.a sqlite3.o
  install -D -m 644 -t "$prefix/lib" libsqlite3.a
  install -D -m 644 -t "$prefix/include" sqlite3.h
}
