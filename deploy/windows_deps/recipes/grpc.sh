build_grpc() { die "not yet"; }
