"""An administrator's tool that is not ours: knows nothing of the contracts but what the server tells by reflection.

Needs grpc and protobuf of the system's Python. Run by tests, with `watch` in the background:

  foreign_client.py ADDRESS CA CERT KEY services|list|watch OPERATION_ID|calls SECONDS

`calls` makes one after another and prints how many it made and how many failed.
"""

import json
import sys
import time

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

REFLECTION = "grpc.reflection.v1alpha.ServerReflection"


def reflection_messages():
    """The public messages of server reflection, as far as they are used here."""
    file = descriptor_pb2.FileDescriptorProto(name="reflection_subset.proto", package="grpc.reflection.v1alpha",
                                              syntax="proto3")
    text, repeated, message = 9, 3, 11

    def add(name, *fields):
        made = file.message_type.add(name=name)
        for number, field, kind, label, type_name in fields:
            made.field.add(name=field, number=number, type=kind, label=label, type_name=type_name)

    prefix = ".grpc.reflection.v1alpha."
    add("ServerReflectionRequest", (4, "file_containing_symbol", text, 1, None), (7, "list_services", text, 1, None))
    add("FileDescriptorResponse", (1, "file_descriptor_proto", 12, repeated, None))
    add("ServiceResponse", (1, "name", text, 1, None))
    add("ListServiceResponse", (1, "service", message, repeated, prefix + "ServiceResponse"))
    add("ServerReflectionResponse", (4, "file_descriptor_response", message, 1, prefix + "FileDescriptorResponse"),
        (6, "list_services_response", message, 1, prefix + "ListServiceResponse"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return [factory.GetPrototype(pool.FindMessageTypeByName(prefix[1:] + name))
            for name in ("ServerReflectionRequest", "ServerReflectionResponse")]


class Client:
    def __init__(self, address, ca, certificate, key):
        read = lambda path: open(path, "rb").read()
        self.channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(read(ca), read(key), read(certificate)))
        self.request_type, self.response_type = reflection_messages()
        self.pool = descriptor_pool.DescriptorPool()
        self.factory = message_factory.MessageFactory(self.pool)
        self.known = set()

    def reflect(self, **request):
        call = self.channel.stream_stream(f"/{REFLECTION}/ServerReflectionInfo",
                                          request_serializer=self.request_type.SerializeToString,
                                          response_deserializer=self.response_type.FromString)
        return next(iter(call(iter([self.request_type(**request)]), timeout=10)))

    def services(self):
        return sorted(service.name for service in self.reflect(list_services="*").list_services_response.service)

    def learn(self, symbol):
        files = [descriptor_pb2.FileDescriptorProto.FromString(file) for file in
                 self.reflect(file_containing_symbol=symbol).file_descriptor_response.file_descriptor_proto]
        for file in reversed(files):  # what others import comes last
            if file.name not in self.known:
                for needed in file.dependency:
                    if needed not in self.known and needed not in [f.name for f in files]:
                        raise SystemExit(f"the server did not tell of {needed}")
        waiting = files
        while waiting:
            ready = [f for f in waiting if all(d in self.known for d in f.dependency)]
            for file in ready:
                if file.name not in self.known:
                    self.pool.Add(file)
                    self.known.add(file.name)
            waiting = [f for f in waiting if f not in ready]
            if not ready:
                raise SystemExit(f"the server's files import what it does not tell: {[f.name for f in waiting]}")

    def method(self, service, name):
        self.learn(service)
        method = self.pool.FindServiceByName(service).FindMethodByName(name)
        request, response = (self.factory.GetPrototype(t) for t in (method.input_type, method.output_type))
        make = self.channel.unary_stream if name.startswith("Watch") else self.channel.unary_unary
        return request, make(f"/{service}/{name}", request_serializer=request.SerializeToString,
                             response_deserializer=response.FromString)


def main(address, ca, certificate, key, command, *rest):
    client = Client(address, ca, certificate, key)
    show = lambda message: print(json.dumps(json_format.MessageToDict(message)), flush=True)
    try:
        if command == "services":
            print("\n".join(client.services()))
        elif command == "list":
            request, call = client.method("resource_broker.v1.Admin", "ListOperations")
            show(call(request(page_size=10), timeout=10))
        elif command == "watch":
            request, call = client.method("resource_broker.v1.Admin", "WatchOperations")
            for event in call(request(operation_id=bytes.fromhex(rest[0]), from_start=True), timeout=60):
                show(event)
                if event.event.HasField("final"):
                    break
        elif command == "calls":
            request, call = client.method("resource_broker.v1.Admin", "ListOperations")
            made, failed, until = 0, 0, time.monotonic() + float(rest[0])
            while time.monotonic() < until:
                made += 1
                try:
                    call(request(page_size=1), timeout=10)
                except grpc.RpcError:
                    failed += 1
                time.sleep(0.02)  # fewer than limits.maxCallsPerSecond
            print(made, failed)
    except grpc.RpcError as error:
        print(f"{error.code().name}: {error.details()}", file=sys.stderr)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main(*sys.argv[1:])
