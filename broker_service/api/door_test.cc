// Nothing of the administrators' services is reached past the door.
#include <grpcpp/generic/generic_stub.h>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "broker_service/api/testing/broker_fixture.h"
#include "resource_broker/v1/activation.pb.h"
#include "resource_broker/v1/configuration.pb.h"
#include "resource_broker/v1/diagnostics.pb.h"
#include "resource_broker/v1/modules.pb.h"
#include "resource_broker/v1/packages.pb.h"
#include "resource_broker/v1/queue.pb.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::UnorderedElementsAreArray;

class DoorTest : public BrokerTest {};

// Whatever its request and answer are, and streams as well: an empty message, to which the first answer is the status.
grpc::StatusCode CodeOf(const std::shared_ptr<grpc::Channel>& channel, const std::string& method) {
  grpc::GenericStub stub(channel);
  const auto context = Context();
  // A message without fields.
  const grpc::Slice nothing;
  grpc::ByteBuffer request(&nothing, 1);
  grpc::ByteBuffer response;
  grpc::Status status;
  absl::Notification done;
  stub.UnaryCall(context.get(), method, grpc::StubOptions(), &request, &response, [&](grpc::Status answer) {
    status = std::move(answer);
    done.Notify();
  });
  done.WaitForNotification();
  return status.error_code();
}

TEST_F(DoorTest, ClosedForEverybody_EveryMethodOfEveryServiceIsDenied) {
  Start();
  ASSERT_FALSE(HasFatalFailure());
  door_.Close();
  std::vector<std::string> expected;
  for (const auto* file :
       {v1::GetStatusRequest::descriptor()->file(), v1::ActivateModuleRequest::descriptor()->file(),
        v1::StageModuleRequest::descriptor()->file(), v1::GetQueueRequest::descriptor()->file(),
        v1::GetConfigurationRequest::descriptor()->file(), v1::GetDiagnosticsRequest::descriptor()->file(),
        v1::DrainModuleRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const auto* method = file->service(s)->method(m);
        EXPECT_EQ(CodeOf(admin_channel_, absl::StrCat("/", file->service(s)->full_name(), "/", method->name())),
                  grpc::StatusCode::PERMISSION_DENIED)
            << method->full_name();
        expected.push_back(absl::StrCat(file->service(s)->name(), ".", method->name()));
      }
    }
  }
  EXPECT_GT(expected.size(), 20U);
  EXPECT_THAT(door_.admitted(), UnorderedElementsAreArray(expected));
  EXPECT_TRUE(door_.records().empty());
}

}  // namespace
}  // namespace resource_broker::broker::testing
