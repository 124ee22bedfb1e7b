# shellcheck shell=bash disable=SC2034,SC2154,SC2164
build_grpc_services() {
  need_source grpc
  need_stage grpc protobuf
  build_cmake "$here/recipes/grpc_services" -DGRPC_SOURCE="$work/src/grpc"
  install -D -m 644 -t "$prefix/include/grpcpp/ext" "$work"/src/grpc/include/grpcpp/ext/{channelz_service,proto_server_reflection}_plugin.h
}
