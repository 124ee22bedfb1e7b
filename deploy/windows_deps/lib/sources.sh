# Debian's source packages, fetched in the background while the first libraries compile. Sourced by build.sh.
#
# The machine's own apt configuration is neither changed nor copied: a private list with "deb-src" in place of "deb"
# is made from what apt itself knows about its sources, so this works for .list and .sources files and any mirror.

# In the order the stages need them.
readonly source_packages=(abseil re2 c-ares protobuf openssl grpc googletest sqlite3)

private_apt() { APT_CONFIG=$work/apt/apt.conf apt-get -q "$@"; }

# Prints "deb-src [signed-by=…] <uri> <suite> main" for each source that carries Debian's main suite. The Origin in
# its signed Release file keeps third parties out that use the same suite name. The security suite is left out:
# its pool answers 404 for file names with a tilde.
private_source_list() {
  local codename uri suite entry key
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)|$(RELEASE)|$(SOURCESENTRY)' \
    'Created-By: Packages' 'Target-Of: deb' | sort -u |
    while IFS='|' read -r origin name component uri suite entry; do
      [[ $origin == Debian && $name == "$codename" && $component == main ]] || continue
      # The keyring this source is checked against, if its entry names one.
      key=$(sed -nE 's/.*[Ss]igned-[Bb]y[:=] *(\/[^] ,]+).*/\1/p' "${entry%:*}" | head -n 1)
      echo "deb-src ${key:+[signed-by=$key] }$uri $suite main"
    done
}

prepare_private_apt() {
  local root=$work/apt
  mkdir -p "$root"/{etc,state/lists/partial,cache/archives/partial}
  private_source_list >"$root/etc/sources.list"
  [[ -s $root/etc/sources.list ]] ||
    die "no Debian main suite among this machine's apt sources (apt-get indextargets shows none); run apt-get update"
  cat >"$root/apt.conf" <<CONF
Dir::Etc::sourcelist "$root/etc/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$root/state";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "$root/cache";
Acquire::Retries "3";
APT::Sandbox::User "root";
CONF
  private_apt update
}

# fetch_source <package>: unpacks it to $work/src/<package>.
fetch_source() {
  local package=$1 dir=$work/download/$1
  [[ ! -e $work/src/$package.ready ]] || return 0
  rm -rf "$dir" "${work:?}/src/$package"
  mkdir -p "$dir"
  (cd "$dir" && private_apt source --download-only "$package") || return 1
  # apt-get has checked the hashes against the signed index.
  dpkg-source --no-check -x "$dir"/*.dsc "$work/src/$package" || return 1
  rm -rf "$dir"
  touch "$work/src/$package.ready"
}

start_fetching_sources() {
  mkdir -p "$work/src"
  rm -f "$work"/src/*.failed
  (
    # The lock belongs to the foreground: it must not outlive it.
    exec {lock}>&-
    set +e
    (set -e; prepare_private_apt)
    status=$?
    for package in "${source_packages[@]}"; do
      { ((status == 0)) && fetch_source "$package"; } || touch "$work/src/$package.failed"
    done
  ) >"$work/logs/fetch.log" 2>&1 &
  fetcher=$!
}

# need_source <package>: waits until it is unpacked.
need_source() {
  local package=$1
  until [[ -e $work/src/$package.ready ]]; do
    if [[ -e $work/src/$package.failed ]] || ! kill -0 "$fetcher" 2>/dev/null; then
      [[ ! -e $work/src/$package.ready ]] || break
      tail -n 15 "$work/logs/fetch.log" >&2
      die "could not fetch Debian's source package '$package' (network, or the mirror lacks it); log: $work/logs/fetch.log"
    fi
    sleep 0.2
  done
}
