"""A, the floor, and B, the transport: see transport/main.cc."""

from measuring.processes import run_json
from measuring.samples import distribution, value

BULK_MIB = 4


def measure(programs, amounts):
    said = run_json(programs.command("bench_transport", amounts["repetitions"], amounts["calls"],
                                     amounts["messages"], amounts["streamed"]))

    def trips(key, name, samples):
        return distribution(key, name, "us", said[samples])

    def bulk(key, name, samples):
        return value(key, name, "MiB/s", [BULK_MIB * len(times) / (sum(times) / 1e6) for times in said[samples]])

    def stream(key, name, samples):
        return value(key, name, "1/s", said[samples])

    return {
        "A": [trips("a.raw", "raw pipe, 1 byte there and back", "raw_us"),
              bulk("a.bulk", "raw pipe, 4 MiB messages", "raw_bulk_us")],
        "B": [trips("b.ipc", "gRPC over our transport, unary", "ipc_us"),
              trips("b.tcp", "gRPC over TCP loopback, unary", "tcp_us"),
              trips("b.ipc_callback", "gRPC over our transport, unary, callback API", "ipc_callback_us"),
              trips("b.tcp_callback", "gRPC over TCP loopback, unary, callback API", "tcp_callback_us"),
              bulk("b.ipc_bulk", "gRPC over our transport, 4 MiB messages", "ipc_bulk_us"),
              bulk("b.tcp_bulk", "gRPC over TCP loopback, 4 MiB messages", "tcp_bulk_us"),
              stream("b.ipc_stream", "gRPC over our transport, streamed messages", "ipc_stream_per_s"),
              stream("b.tcp_stream", "gRPC over TCP loopback, streamed messages", "tcp_stream_per_s")],
    }
