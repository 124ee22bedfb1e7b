# shellcheck shell=bash disable=SC2034,SC2154,SC2164
build_re2() {
  need_source re2
  local source=$work/src/re2
  # Debian's tarball lacks the generated tables. The makefile looks for the Unicode files where unicode-data has them.
  (
    cd "$source/re2"
    run "$stage_log" sh -c 'perl make_perl_groups.pl >perl_groups.cc.new && mv perl_groups.cc.new perl_groups.cc'
    for table in groups casefold; do
      run "$stage_log" sh -c "python3 make_unicode_$table.py >unicode_$table.cc.new && mv unicode_$table.cc.new unicode_$table.cc"
    done
  )
  build_cmake "$source" -DRE2_BUILD_TESTING=OFF
}
