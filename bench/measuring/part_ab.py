"""A, the floor, and B, the transport: see transport/main.cc."""

import subprocess

import deployment
from measuring.processes import Failed, run_json, wine_server_requests
from measuring.samples import distribution, value

BULK_MIB = 4
# Few and many round trips: what one costs is the difference.
COUNTED = (200, 1200)


def measure(programs, amounts):
    said = run_json(programs.command("bench_transport", amounts["repetitions"], amounts["calls"],
                                     amounts["messages"], amounts["streamed"]))

    def trips(key, name, samples):
        return distribution(key, name, "us", said[samples])

    def bulk(key, name, samples):
        return value(key, name, "MiB/s", [BULK_MIB * len(times) / (sum(times) / 1e6) for times in said[samples]])

    def stream(key, name, samples):
        return value(key, name, "1/s", said[samples])

    result = {
        "A": [trips("a.raw", "raw pipe, 1 byte there and back", "raw_us"),
              bulk("a.bulk", "raw pipe, 4 MiB messages", "raw_bulk_us")],
        "B": [trips("b.ipc", "gRPC over our transport, unary", "ipc_us"),
              trips("b.tcp", "gRPC over TCP loopback, unary", "tcp_us"),
              trips("b.ipc_callback", "gRPC over our transport, unary, callback API", "ipc_callback_us"),
              trips("b.tcp_callback", "gRPC over TCP loopback, unary, callback API", "tcp_callback_us"),
              bulk("b.ipc_bulk", "gRPC over our transport, 4 MiB messages", "ipc_bulk_us"),
              *([bulk("b.tcp_bulk", "gRPC over TCP loopback, 4 MiB messages", "tcp_bulk_us")]
                if said["tcp_bulk_us"] else []),  # under Wine they do not arrive
              stream("b.ipc_stream", "gRPC over our transport, streamed messages", "ipc_stream_per_s"),
              stream("b.tcp_stream", "gRPC over TCP loopback, streamed messages", "tcp_stream_per_s")],
    }
    if deployment.WINDOWS:
        result["B"] += [
            value(f"b.requests.{kind}", f"requests to Wine's server a round trip, {name}", "",
                  [requests(programs, kind)])
            for kind, name in (("raw", "raw pipe"), ("ipc", "gRPC over our transport"),
                               ("tcp", "gRPC over TCP loopback"))]
    return result


def requests(programs, kind):
    """Of both processes of a round trip; every wait under Wine is one."""
    totals = []
    for calls in COUNTED:
        before = wine_server_requests()
        result = subprocess.run(programs.command("bench_transport", "only", kind, calls), stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=300)
        if result.returncode != 0:
            raise Failed(f"bench_transport only {kind}: {result.stderr}")
        totals.append(wine_server_requests() - before)
    return (totals[1] - totals[0]) / (COUNTED[1] - COUNTED[0])
