#!/usr/bin/env bash
# The main job, natively: rhs_host → resource_bridge.so → Unix socket → broker → generic_process → a real daemon.
# Usage: deploy/demo/native.sh STAGE. Leaves nothing behind.
set -euo pipefail
stage=$(cd "$1" && pwd)
work=$(mktemp -d)
broker=

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
cleanup() {
  [[ -n $broker ]] && kill "$broker" 2>/dev/null && wait "$broker" 2>/dev/null
  rm -rf "$work"
}
trap cleanup EXIT

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
daemon=$(command -v tinyproxy || echo /usr/bin/tinyproxy)
# Asks the daemon itself, not the broker, whether it runs.
proxy_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
report_proxy() { if proxy_answers; then echo "tinyproxy answers on port $port"; else echo "nothing answers on port $port"; fi; }

mkdir -m 700 "$work/run"
cat >"$work/tinyproxy.conf" <<CONF
Port $port
Listen 127.0.0.1
Timeout 60
LogLevel Critical
CONF
cat >"$work/broker.json" <<CONF
{
  "bridgeAddress": "unix:$work/run/bridge.sock",
  "adminAddress": "unix:$work/run/admin.sock",
  "dataDirectory": "$work/data"
}
CONF

say "1. The broker starts"
"$stage/resource_broker" run --config "$work/broker.json" >"$work/broker.log" 2>&1 &
broker=$!
brokerctl() { "$stage/brokerctl" --address "unix:$work/run/admin.sock" "$@"; }
for ((i = 0; ; i++)); do
  brokerctl status >/dev/null 2>&1 && break
  kill -0 "$broker" 2>/dev/null && ((i < 200)) || { cat "$work/broker.log" >&2; echo "demo: the broker did not start" >&2; exit 1; }
  sleep 0.05
done
brokerctl status

say "2. A host calls the resource DLL as RHS does: tinyproxy goes online and offline"
cat >"$work/script.txt" <<SCRIPT
open proxy type="Resource Broker"
online proxy
wait proxy state=Online timeout=30s
alive proxy expect=true
# Time for a stranger to both to ask the daemon.
sleep 1s
# A move to another node that may be queued, over a network that may be down, with 10 s for a graceful stop.
offline proxy dest=NODE2 flags=QUEUE_ENABLED|IGNORE_NETWORK_CONNECTIVITY in="text:{\"TimeoutMs\": 10000}"
wait proxy state=Offline timeout=30s
expect proxy final-reports<=1
close proxy
SCRIPT
# With less time than usual to answer at once, so that the answer is 997 and the status stream is seen.
"$stage/rhs_host" run --dll "$stage/resource_bridge.so" --property proxy:CallBudgetMs:dword=100 \
  --property "proxy:PipeName=unix:$work/run/bridge.sock" --property "proxy:Module=generic_process" \
  --property "proxy:Executable=$daemon" --property "proxy:Arguments:multi=-d;-c;$work/tinyproxy.conf" \
  "$work/script.txt" &
host=$!
for ((i = 0; i < 300; i++)); do
  proxy_answers && break
  kill -0 "$host" 2>/dev/null || break
  sleep 0.02
done
online=$(report_proxy)
status=0
wait "$host" || status=$?
offline=$(report_proxy)

say "3. What the daemon itself said"
echo "while online:  $online"
echo "after offline: $offline"

say "4. What the broker kept of it"
brokerctl operations list
brokerctl operations get "$(brokerctl operations list | awk '$2 == "Offline" { print $1; exit }')"

((status == 0)) || { echo "demo: rhs_host ended with exit code $status" >&2; cat "$work/broker.log" >&2; exit 1; }
[[ $online == tinyproxy* && $offline == nothing* ]] || { echo "demo: the daemon was not where it should be" >&2; exit 1; }
say "Done. The same with the Windows binaries, a Windows service and the service manager: ./dev demo --windows"
