#!/usr/bin/env bash
# The Linux clients as a Debian package: build_deb.sh STAGE VERSION OUTPUT_FOLDER
set -euo pipefail
stage=$(realpath "$1") version=$2 output=$(realpath -m "$3")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
name=resource-broker-clients
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tree=$work/debian/$name
share=$tree/usr/share
doc=$share/doc/$name
for program in brokerctl rhs_host; do
  install -D -m 0755 "$stage/$program" "$tree/usr/bin/$program"
  strip --strip-unneeded --remove-section=.comment --remove-section=.note "$tree/usr/bin/$program"
done

brokerctl=$tree/usr/bin/brokerctl
install -d "$share"/{bash-completion/completions,zsh/vendor-completions,fish/vendor_completions.d,man/man1} "$doc"
"$brokerctl" completion bash >"$share/bash-completion/completions/brokerctl"
"$brokerctl" completion fish >"$share/fish/vendor_completions.d/brokerctl.fish"
# zsh loads the file at the first completion, and takes the answer to that from the file itself.
{ "$brokerctl" completion zsh && echo '[[ $funcstack[1] == _brokerctl ]] && _brokerctl "$@"'; } \
  >"$share/zsh/vendor-completions/_brokerctl"

# What --help says, line by line as it stands.
manual() { # <program> <what it is>
  {
    printf '.TH %s 1 %s "Resource Broker %s"\n.SH NAME\n%s \\- %s\n.SH DESCRIPTION\n.nf\n' \
      "${1^^}" "$(date -u -I -d "@$SOURCE_DATE_EPOCH")" "$version" "$1" "$2"
    "$tree/usr/bin/$1" --help | sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^[.']/\\\\\&&/"
    echo .fi
  } | gzip -9n >"$share/man/man1/$1.1.gz"
}
manual brokerctl "see, steer, upgrade and diagnose running brokers"
manual rhs_host "stand in for the Resource Hosting Subsystem of a failover cluster"

install -m 0644 "$here/debian/copyright" "$doc/copyright"
install -m 0644 "$root/docs/rhs_host.md" "$root/docs/remote_management.md" "$doc"
install -m 0644 "$root/clients/brokerctl/README.md" "$doc/brokerctl.md"
gzip -9n "$doc/rhs_host.md" "$doc/remote_management.md"
{
  printf '%s (%s) stable; urgency=medium\n\n  * The clients of Resource Broker %s.\n\n' "$name" "$version" "$version"
  printf ' -- Resource Broker maintainers <maintainers@users.noreply.r-seed-533c7425.example>  %s\n' \
    "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$doc/changelog.gz"

# dpkg-shlibdeps looks for a source package around it.
printf 'Source: %s\n\nPackage: %s\nArchitecture: %s\n' "$name" "$name" "$architecture" >"$work/debian/control"
install -d "$tree/DEBIAN"
depends=$(cd "$work" && dpkg-shlibdeps -O "debian/$name/usr/bin/brokerctl" "debian/$name/usr/bin/rhs_host")
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@DEPENDS@/${depends#shlibs:Depends=}/" \
  -e "s/@SIZE@/$(du -sk --apparent-size "$tree/usr" | cut -f1)/" "$here/debian/control.in" >"$tree/DEBIAN/control"
(cd "$tree" && find usr -type f | LC_ALL=C sort | xargs md5sum >DEBIAN/md5sums)

find "$tree" -type d -exec chmod 0755 {} + -o -type f ! -path '*/usr/bin/*' -exec chmod 0644 {} +
mkdir -p "$output"
dpkg-deb --root-owner-group --threads-max=1 --build "$tree" "$output/${name}_${version}_${architecture}.deb" >/dev/null
