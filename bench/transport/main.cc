// Parts A and B: a byte there and back, 4 MiB messages and small streamed ones, over the system's pipe with nothing in
// between, over gRPC on our transport, and over gRPC on TCP's loopback, to another process.
//
//   bench_transport REPETITIONS CALLS MESSAGES STREAMED
//   bench_transport only raw|ipc|tcp|ipc_rested|raw_bulk|ipc_bulk|tcp_bulk CALLS
//
// "ipc_rested" prints how long each call took that came after 1.0 to 1.2 s of rest; the others print nothing.
//
// The kinds take turns, REPETITIONS times, so that what else the machine does meets them all. Prints one line of JSON
// with every sample. What is called first is not counted.
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bench/samples.h"
#include "bench/transport/grpc_load.h"
#include "bench/transport/load_server.h"
#include "bench/transport/raw_pipe.h"
#include "ipc/channel.h"
#include "ipc/options.h"
#include "ipc/testing/child_process.h"
#include "ipc/testing/temporary_folder.h"

namespace resource_broker::bench {
namespace {

struct Amounts {
  int repetitions;
  int calls;
  int messages;
  int streamed;
};

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "bench_transport: %s\n", status.ToString().c_str());
  return 1;
}

// Round trips of one byte for `size` bytes.
Samples RawTrips(RawPipe* pipe, size_t size, int count) {
  std::vector<char> bytes(size, 'x');
  char answer = 0;
  Samples samples;
  samples.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    const Clock::time_point begun = Clock::now();
    if (!pipe->Write(bytes.data(), size) || !pipe->Read(&answer, 1)) std::exit(Fail(absl::UnavailableError("raw")));
    samples.push_back(Microseconds(Clock::now() - begun));
  }
  return samples;
}

// The child's TCP port.
absl::StatusOr<int> AwaitReady(ipc::testing::ChildProcess* child) {
  const absl::StatusOr<std::string> line = child->ReadLine(std::chrono::seconds(60));
  if (!line.ok()) return line.status();
  if (!absl::StartsWith(*line, "ready ")) return absl::InternalError(*line);
  return std::atoi(line->c_str() + sizeof("ready"));
}

struct Subjects {
  RawPipe* raw_echo;
  RawPipe* raw_bulk;
  GrpcLoad* ipc;
  GrpcLoad* tcp;
  // Under Wine a message of this size never arrives over gRPC's TCP; then there is nothing to compare with.
  bool tcp_takes_bulk;
};

void Measure(const Subjects& subjects, const Amounts& amounts, bool counted) {
  std::vector<Samples> raw, ipc, tcp, ipc_callback, tcp_callback, raw_bulk, ipc_bulk, tcp_bulk;
  Samples ipc_stream, tcp_stream;
  for (int i = 0; i < amounts.repetitions; ++i) {
    raw.push_back(RawTrips(subjects.raw_echo, 1, amounts.calls));
    ipc.push_back(subjects.ipc->Blocking(amounts.calls));
    tcp.push_back(subjects.tcp->Blocking(amounts.calls));
    ipc_callback.push_back(subjects.ipc->Callback(amounts.calls));
    tcp_callback.push_back(subjects.tcp->Callback(amounts.calls));
    raw_bulk.push_back(RawTrips(subjects.raw_bulk, kBulkBytes, amounts.messages));
    ipc_bulk.push_back(subjects.ipc->Bulk(amounts.messages));
    if (subjects.tcp_takes_bulk) tcp_bulk.push_back(subjects.tcp->Bulk(amounts.messages));
    ipc_stream.push_back(subjects.ipc->Stream(amounts.streamed));
    tcp_stream.push_back(subjects.tcp->Stream(amounts.streamed));
  }
  if (!counted) return;
  Line line;
  line.Add("raw_us", raw).Add("ipc_us", ipc).Add("tcp_us", tcp);
  line.Add("ipc_callback_us", ipc_callback).Add("tcp_callback_us", tcp_callback);
  line.Add("raw_bulk_us", raw_bulk).Add("ipc_bulk_us", ipc_bulk).Add("tcp_bulk_us", tcp_bulk);
  line.Add("ipc_stream_per_s", ipc_stream).Add("tcp_stream_per_s", tcp_stream);
  line.Print();
}

// Tried on a connection of its own, which an unanswered message spoils for what follows.
bool TakesBulk(const std::string& tcp_address, const ipc::ChannelOptions& options) {
  grpc::ChannelArguments arguments = ipc::ArgumentsOf(options);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return GrpcLoad(grpc::CreateCustomChannel(tcp_address, grpc::InsecureChannelCredentials(), arguments)).TakesBulk();
}

// Makes `work` with everything connected.
template <typename Work>
int WithSubjects(bool with_tcp_bulk, const Work& work) {
  const ipc::testing::TemporaryFolder folder;
  const LoadAddresses addresses = {ipc::testing::NewAddress(folder), ipc::testing::NewAddress(folder),
                                   ipc::testing::NewAddress(folder)};
  auto child = ipc::testing::ChildProcess::Start({"serve", addresses.raw_echo, addresses.raw_bulk, addresses.ipc});
  if (!child.ok()) return Fail(child.status());
  const absl::StatusOr<int> port = AwaitReady(child->get());
  if (!port.ok()) return Fail(port.status());
  const auto raw_echo = DialRaw(addresses.raw_echo);
  if (!raw_echo.ok()) return Fail(raw_echo.status());
  const auto raw_bulk = DialRaw(addresses.raw_bulk);
  if (!raw_bulk.ok()) return Fail(raw_bulk.status());
  ipc::ChannelOptions options;
  options.max_message_bytes = kMaxMessageBytes;
  const auto channel = ipc::Connect(addresses.ipc, options);
  if (!channel.ok()) return Fail(channel.status());
  GrpcLoad ipc(*channel);
  const std::string tcp_address = absl::StrCat("127.0.0.1:", *port);
  GrpcLoad tcp(grpc::CreateCustomChannel(tcp_address, grpc::InsecureChannelCredentials(), ipc::ArgumentsOf(options)));
  return work(Subjects{raw_echo->get(), raw_bulk->get(), &ipc, &tcp, with_tcp_bulk && TakesBulk(tcp_address, options)});
}

int Run(const Amounts& amounts) {
  return WithSubjects(true, [&](const Subjects& subjects) {
    Measure(subjects, {1, amounts.calls / 2, std::max(1, amounts.messages / 2), amounts.streamed / 2}, false);
    Measure(subjects, amounts, true);
    return 0;
  });
}

// Only one kind, for somebody who counts what the system does meanwhile, or profiles it.
int Only(const std::string& kind, int calls) {
  return WithSubjects(false, [&](const Subjects& subjects) {
    if (kind == "raw") RawTrips(subjects.raw_echo, 1, calls);
    if (kind == "ipc") subjects.ipc->Blocking(calls);
    if (kind == "tcp") subjects.tcp->Blocking(calls);
    if (kind == "ipc_rested") {
      for (int i = 0; i < calls; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1000 + i * 200 / calls));
        std::printf("%.0f us\n", subjects.ipc->Callback(1)[0]);
      }
    }
    if (kind == "raw_bulk") RawTrips(subjects.raw_bulk, kBulkBytes, calls);
    if (kind == "ipc_bulk") subjects.ipc->Bulk(calls);
    if (kind == "tcp_bulk") subjects.tcp->Bulk(calls);
    return 0;
  });
}

}  // namespace
}  // namespace resource_broker::bench

int main(int argc, char** argv) {
  using namespace resource_broker::bench;  // NOLINT(google-build-using-namespace)
  if (argc == 5 && std::string(argv[1]) == "serve") {
    const absl::Status status = ServeLoad({argv[2], argv[3], argv[4]});
    return status.ok() ? 0 : Fail(status);
  }
  if (argc == 4 && std::string(argv[1]) == "only") return Only(argv[2], std::atoi(argv[3]));
  if (argc != 5) {
    std::fprintf(stderr, "usage: bench_transport REPETITIONS CALLS MESSAGES STREAMED | only KIND CALLS\n");
    return 2;
  }
  return Run({std::atoi(argv[1]), std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4])});
}
