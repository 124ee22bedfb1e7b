# shellcheck shell=bash disable=SC2034,SC2154,SC2164
# Debian's source packages, fetched in the background while the first libraries compile. Sourced by build.sh.
#
# The machine's own apt configuration is neither changed nor copied: a private list with "deb-src" in place of "deb"
# is made from what apt itself knows about its sources, so this works for .list and .sources files and any mirror.

# In the order the stages need them.
readonly source_packages=(
  c-ares abseil protobuf re2 openssl grpc googletest sqlite3 libzip yaml-cpp civetweb prometheus-cpp benchmark)

private_apt() { APT_CONFIG=$work/apt/apt.conf apt-get -q "$@"; }

# Prints "deb-src [signed-by=…] <uri> <suite> main" for each source that carries Debian's main suite. The Origin in
# its signed Release file keeps third parties out that use the same suite name. The security suite is left out:
# its pool answers 404 for file names with a tilde.
private_source_list() {
  local codename uri suite entry key
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  # shellcheck disable=SC2016 # apt's own placeholders
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
  if [[ ! -s $root/etc/sources.list ]]; then
    # Without downloaded lists apt does not know its sources' origin.
    refresh_package_lists
    private_source_list >"$root/etc/sources.list"
  fi
  [[ -s $root/etc/sources.list ]] || die "Debian's main suite is not among this machine's apt sources"
  cat >"$root/apt.conf" <<CONF
Dir::Etc::sourcelist "$root/etc/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$root/state";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "$root/cache";
Acquire::Retries "3";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
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
  dpkg-source --no-check --no-copy -x "$dir"/*.dsc "$work/src/$package" || return 1
  rm -rf "$dir"
  # Whoever ships the binaries owes these; the versions are for the curious.
  install -D -m 644 "$work/src/$package/debian/copyright" "$prefix/licenses/$package.txt" || return 1
  echo "$package $(dpkg-parsechangelog -l "$work/src/$package/debian/changelog" -S Version)" >>"$prefix/build.log"
  touch "$work/src/$package.ready"
}

# In the background. A package that cannot be had is marked, so that the stage that needs it can say so.
fetch_sources() {
  local package prepared=yes
  mkdir -p "$work/src"
  rm -f "$work"/src/*.failed
  (prepare_private_apt) || prepared=no
  for package in "${source_packages[@]}"; do
    { [[ $prepared == yes ]] && fetch_source "$package"; } || touch "$work/src/$package.failed"
  done
}

# need_source <package>: waits until it is unpacked.
need_source() {
  local package=$1
  until [[ -e $work/src/$package.ready ]]; do
    if [[ -e $work/src/$package.failed ]]; then
      tail -n 15 "$work/logs/fetch.log" >&2
      die "could not fetch Debian's source package '$package' (network, or the mirror lacks it); log: $work/logs/fetch.log"
    fi
    sleep 0.2
  done
}
