#!/usr/bin/env bash
# The Windows programs as a .zip, for administrators' machines and for a look: build_zip.sh STAGE BROKERCTL VERSION OUTPUT
# BROKERCTL is a brokerctl that runs here; it writes the completion script.
set -euo pipefail
stage=$1 brokerctl=$2 version=$3 output=$(realpath -m "$4")
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

top=$work/resource-broker-$version
mkdir -p "$top"/{bridge,completion,docs,rhs_host}
cp "$stage"/{resource_broker,brokerctl}.exe "$top"
cp -r "$stage/modules" "$top"
cp "$stage/resource_bridge.dll" "$top/bridge"
# Its clusapi.dll stands in for the system's, and must not be found by any other program.
cp "$stage"/{rhs_host.exe,clusapi.dll} "$top/rhs_host"
cp "$root"/docs/*.md "$top/docs"
cp "$root/clients/brokerctl/README.md" "$top/docs/brokerctl.md"
"$brokerctl" completion powershell >"$top/completion/brokerctl.ps1"
find "$top" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
rm -f "$output"
# Names in order, times without a zone, and no owners.
(cd "$work" && find "resource-broker-$version" -type f | LC_ALL=C sort | TZ=UTC zip -q -X -@ "$output")
