build_sqlite() {
  need_source sqlite3
  local build=$work/build/sqlite
  mkdir -p "$build"
  cd "$build"
  # Debian has the plain source tree: make the one-file form, on this machine and for it.
  if [[ ! -e sqlite3.c ]]; then
    run "$stage_log" "$work/src/sqlite3/configure" --disable-tcl --disable-readline
    run "$stage_log" make sqlite3.c
  fi
  local options=(
    -DSQLITE_THREADSAFE=1 -DSQLITE_DQS=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_DEPRECATED
    -DSQLITE_DEFAULT_FOREIGN_KEYS=1 -DSQLITE_LIKE_DOESNT_MATCH_BLOBS
  )
  run "$stage_log" x86_64-w64-mingw32-gcc-posix -O2 -DNDEBUG -D_WIN32_WINNT=0x0A00 -DWINVER=0x0A00 \
    -ffunction-sections -fdata-sections $(common_flags) "${options[@]}" -c sqlite3.c -o sqlite3.o
  run "$stage_log" x86_64-w64-mingw32-ar rcs libsqlite3.a sqlite3.o
  install -D -m 644 -t "$prefix/lib" libsqlite3.a
  install -D -m 644 -t "$prefix/include" sqlite3.h
}
