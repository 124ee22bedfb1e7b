#!/usr/bin/env bash
# The main job with the Windows binaries under Wine: the broker runs as a Windows service and takes another Windows
# service online and offline. rhs_host.exe → resource_bridge.dll → named pipe → resource_broker.exe → generic_service.
# Usage: deploy/demo/windows.sh STAGE. Uses a Wine prefix of its own and leaves nothing behind.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
stage=$(cd "$1" && pwd)
work=$(mktemp -d)
export RESOURCE_BROKER_WINEPREFIX="$work/prefix"
wine() { "$here/../wine" "$@"; }
subject=Spooler

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
cleanup() {
  wine stop
  rm -rf "$work"
}
trap cleanup EXIT
windows_path() { printf 'Z:%s' "${1//\//\\}"; }
in_json() { printf '%s' "${1//\\/\\\\}"; }

say "1. A fresh Windows (about 15 s)"
wine start
cat >"$work/broker.json" <<CONF
{"dataDirectory": "$(in_json "$(windows_path "$work/data")")"}
CONF

say "2. The broker is installed as a Windows service and started"
wine "$stage/resource_broker.exe" install --config "$(windows_path "$work/broker.json")" --start
wine sc query ResourceBroker
wine "$stage/brokerctl.exe" status

say "3. A service that is not ours: $subject"
wine sc query "$subject" || true

say "4. A host calls the resource DLL as RHS does"
cat >"$work/script.txt" <<SCRIPT
open print type="Resource Broker"
online print
wait print state=Online timeout=60s
alive print expect=true
offline print dest=NODE2 flags=QUEUE_ENABLED|IGNORE_NETWORK_CONNECTIVITY in="text:{\"TimeoutMs\": 60000}"
wait print state=Offline timeout=60s
expect print final-reports<=1
close print
SCRIPT
cat "$work/script.txt"
echo
# With less time than usual to answer at once, so that the answer is 997 and the status stream is seen.
wine "$stage/rhs_host.exe" run --property "print:Module=generic_service" --property "print:ServiceName=$subject" \
  --property "print:CallBudgetMs:dword=100" "$(windows_path "$work/script.txt")"

say "5. What the service manager says now"
wine sc query "$subject" | tee "$work/query.txt"

say "6. What the broker kept of it"
wine "$stage/brokerctl.exe" operations list
id=$(wine "$stage/brokerctl.exe" operations list | awk '$2 == "Offline" { print $1; exit }')
wine "$stage/brokerctl.exe" operations get "$id"

say "7. The broker is stopped and removed"
wine "$stage/resource_broker.exe" uninstall
wine sc query ResourceBroker || true

grep -q 'STATE *: *1 *STOPPED' "$work/query.txt" || { echo "demo: $subject did not stop" >&2; exit 1; }
say "Done."
