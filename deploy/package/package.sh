#!/usr/bin/env bash
# Packages of what is built: the MSI and .zip for Windows, the .deb with the Linux clients.
# package.sh WINDOWS_STAGE NATIVE_STAGE VERSION OUTPUT_FOLDER
# The same sources make the same files; SOURCE_DATE_EPOCH is the last commit's time unless it is set. sign.sh has the
# variables for signing.
set -euo pipefail
windows=$1 native=$2 version=$3 output=$4
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$output"

# A copy, because what is signed is another file.
stage=$work/stage
mkdir "$stage"
cp -r "$windows"/{resource_broker.exe,brokerctl.exe,rhs_host.exe,clusapi.dll,resource_bridge.dll,modules} "$stage"
mapfile -t programs < <(find "$stage" -name '*.exe' -o -name '*.dll')
"$here/sign.sh" "${programs[@]}"

msi=$output/resource-broker-$version-x64.msi
/usr/bin/python3 "$here/build_msi.py" --stage "$stage" --version "$version" --output "$msi"
"$here/sign.sh" "$msi"
"$here/build_zip.sh" "$stage" "$native/brokerctl" "$version" "$output/resource-broker-$version-windows-x64.zip"
"$here/build_deb.sh" "$native" "$version" "$output"
