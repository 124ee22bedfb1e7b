"""Many watchers on one broker, for a test: those that read, and those that do not. Needs the system's Python's grpc.

  watchers.py ADDRESS CA CERT KEY READING SLOW

Prints "ready" when every stream has begun; ends when its input does, and prints how many events the readers got.
"""

import sys
import threading

import grpc

from foreign_client import Client


def main(address, ca, certificate, key, reading, slow):
    client = Client(address, ca, certificate, key)
    request, _ = client.method("resource_broker.v1.Admin", "WatchOperations")
    read = lambda path: open(path, "rb").read()
    credentials = grpc.ssl_channel_credentials(read(ca), read(key), read(certificate))
    counts = [0] * int(reading)
    calls, channels, threads = [], [], []
    # A connection carries no more streams than limits.maxStreamsPerConnection.
    per_channel = 25
    total = int(reading) + int(slow)
    for index in range(total):
        if index % per_channel == 0:
            channels.append(grpc.secure_channel(address, credentials, options=[
                ("grpc.use_local_subchannel_pool", 1), ("grpc.http2.lookahead_bytes", 65536)]))
        watch = channels[-1].unary_stream("/resource_broker.v1.Admin/WatchOperations",
                                          request_serializer=request.SerializeToString, response_deserializer=lambda b: b)
        call = watch(request(), wait_for_ready=True)
        calls.append(call)
        if index < int(reading):
            def consume(call=call, index=index):
                try:
                    for _ in call:
                        counts[index] += 1
                except grpc.RpcError:
                    pass
            threads.append(threading.Thread(target=consume, daemon=True))
            threads[-1].start()
    for call in calls:
        call.initial_metadata()
    print("ready", flush=True)
    sys.stdin.read()
    for call in calls:
        call.cancel()
    print(sum(counts), min(counts) if counts else 0, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
