// Health, reflection and channelz, which know no roles themselves.
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>

#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "broker_service/remote/testing/remote_fixture.h"

namespace resource_broker::broker {
namespace {

using testing::Certificate;

class LibraryServicesTest : public testing::RemoteTest {
 protected:
  struct Answer {
    grpc::Status status;
    std::string bytes;
  };
  // The first message of what answers an empty message; a stream is cancelled then.
  Answer Ask(const Certificate& client, const std::string& method) {
    grpc::GenericStub stub(Connect(client));
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(60)));
    grpc::CompletionQueue queue;
    const auto call = stub.PrepareCall(&context, method, &queue);
    const auto next = [&queue] {
      void* tag = nullptr;
      bool ok = false;
      EXPECT_TRUE(queue.Next(&tag, &ok));
      return ok;
    };
    Answer answer;
    call->StartCall(nullptr);
    next();
    const grpc::Slice nothing(request_);
    call->Write(grpc::ByteBuffer(&nothing, 1), nullptr);
    next();
    grpc::ByteBuffer bytes;
    call->Read(&bytes, nullptr);
    if (next()) {
      std::vector<grpc::Slice> slices;
      bytes.Dump(&slices);
      for (const grpc::Slice& slice : slices)
        answer.bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
      answer.bytes += "!";
      context.TryCancel();
    }
    call->Finish(&answer.status, nullptr);
    next();
    queue.Shutdown();
    return answer;
  }
  void ExpectGuarded(const std::string& method, const std::string& name) {
    Start();
    EXPECT_THAT(Ask(ClientOf("viewers/a"), method).bytes, ::testing::Not(::testing::IsEmpty()));
    const Answer answer = Ask(ClientOf("nobody"), method);
    EXPECT_THAT(answer.bytes, ::testing::IsEmpty());
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(answer.status.error_message(), name + " needs the role viewer, and spiffe://corp/nobody has no role");
    EXPECT_EQ(Records().size(), 1U);
  }

  std::string request_;
};

TEST_F(LibraryServicesTest, HealthIsAsked_ViewersAreAnswered) {
  ExpectGuarded("/grpc.health.v1.Health/Check", "Health.Check");
}

TEST_F(LibraryServicesTest, HealthIsWatched_ViewersAreAnswered) {
  ExpectGuarded("/grpc.health.v1.Health/Watch", "Health.Watch");
}

TEST_F(LibraryServicesTest, ServicesAreListed_ForViewers) {
  // list_services, of anything.
  request_ = std::string("\x3a\x01*", 3);
  ExpectGuarded("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                "ServerReflection.ServerReflectionInfo");
}

TEST_F(LibraryServicesTest, ServersAreListed_ForViewers) {
  ExpectGuarded("/grpc.channelz.v1.Channelz/GetServers", "Channelz.GetServers");
}

TEST_F(LibraryServicesTest, ServerThatEnds_IsNotServing) {
  Start();
  // status: 1, SERVING.
  EXPECT_EQ(Ask(ClientOf("viewers/a"), "/grpc.health.v1.Health/Check").bytes, std::string("\x08\x01!"));
  server_->SetServing(false);
  EXPECT_EQ(Ask(ClientOf("viewers/a"), "/grpc.health.v1.Health/Check").bytes, std::string("\x08\x02!"));
}

}  // namespace
}  // namespace resource_broker::broker
