"""Many watchers on one broker, for a test: those that read, and those that do not. Needs the system's Python's grpc.

  watchers.py ADDRESS CA CERT KEY READING SLOW EVENTS

Prints "ready" when every reader has had an event. When its input ends it waits, a minute at the most, until each reader
has had EVENTS more, and prints how many all of them and the slowest one got, and how many streams were ended.
"""

import os
import sys
import threading
import time

import grpc

from foreign_client import Client


def main(address, ca, certificate, key, reading, slow, events):
    # On other machines in the world: what they need must not be what the broker lacks.
    os.nice(15)
    client = Client(address, ca, certificate, key)
    request, _ = client.method("resource_broker.v1.Admin", "WatchOperations")
    read = lambda path: open(path, "rb").read()
    credentials = grpc.ssl_channel_credentials(read(ca), read(key), read(certificate))
    counts = [0] * int(reading)
    changed, ended = threading.Condition(), []
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
                        if counts[index] == 1:
                            with changed:
                                changed.notify()
                except grpc.RpcError:
                    pass
                with changed:
                    ended.append(index)
                    changed.notify()
            threads.append(threading.Thread(target=consume, daemon=True))
            threads[-1].start()
    with changed:
        changed.wait_for(lambda: all(counts) or len(ended) == int(reading))
    print("ready", flush=True)
    before = list(counts)
    sys.stdin.read()
    deadline = time.monotonic() + 60
    gained = lambda: [count - start for count, start in zip(counts, before)]
    while min(gained()) < int(events) and not ended and time.monotonic() < deadline:
        time.sleep(0.1)
    print(sum(gained()), min(gained()), len(ended), flush=True)
    for call in calls:
        call.cancel()


if __name__ == "__main__":
    main(*sys.argv[1:])
