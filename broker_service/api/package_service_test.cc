// Packages over a real pipe or socket, in a whole broker.
#include <gmock/gmock.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "broker_service/api/testing/broker_fixture.h"
#include "broker_service/modules/file_set.h"
#include "broker_service/packages/testing/package_fixture.h"
#include "ipc/channel.h"
#include "resource_broker/v1/packages.grpc.pb.h"

namespace resource_broker::broker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

v1::StageModuleRequest HeaderOf(const std::string& bytes) {
  v1::StageModuleRequest request;
  request.mutable_header()->set_size(bytes.size());
  request.mutable_header()->set_sha256(absl::HexStringToBytes(HashOf(bytes)));
  return request;
}

v1::StageModuleRequest Chunk(const std::string& bytes) {
  v1::StageModuleRequest request;
  request.set_chunk(bytes);
  return request;
}

class PackageServiceTest : public BrokerTest {
 protected:
  // One call that has sent its header.
  struct Call {
    std::unique_ptr<grpc::ClientContext> context = Context();
    v1::StageModuleResponse response;
    std::unique_ptr<grpc::ClientWriter<v1::StageModuleRequest>> writer;
  };

  void StartAll() {
    Start();
    packages_ = v1::Packages::NewStub(*ipc::Connect(config_.admin_address(), {}));
  }

  std::unique_ptr<Call> Begin(const std::string& bytes) {
    auto call = std::make_unique<Call>();
    call->writer = packages_->StageModule(call->context.get(), &call->response);
    call->writer->Write(HeaderOf(bytes));
    return call;
  }

  grpc::Status Stage(const std::string& bytes, v1::StageModuleResponse* response) {
    const std::unique_ptr<Call> call = Begin(bytes);
    // In two.
    call->writer->Write(Chunk(bytes.substr(0, bytes.size() / 2)));
    call->writer->Write(Chunk(bytes.substr(bytes.size() / 2)));
    call->writer->WritesDone();
    const grpc::Status status = call->writer->Finish();
    *response = call->response;
    return status;
  }

  grpc::Status Remove(const std::string& name, const std::string& version) {
    v1::RemoveModuleVersionRequest request;
    request.set_name(name);
    request.set_version(version);
    v1::RemoveModuleVersionResponse response;
    return packages_->RemoveModuleVersion(Context().get(), request, &response);
  }

  // Nothing tells a client that it is done when a call that was cut is.
  void AwaitUploads(size_t count) {
    const absl::Time deadline = absl::Now() + kPatience;
    while (Uploads() != count) {
      ASSERT_LT(absl::Now(), deadline) << Uploads();
      absl::SleepFor(absl::Milliseconds(5));
    }
  }
  size_t Uploads() const {
    std::error_code error;
    fs::directory_iterator entries(fs::u8path(config_.modules_directory()) / ".staging", error);
    return static_cast<size_t>(std::distance(fs::begin(entries), fs::end(entries)));
  }

  std::unique_ptr<v1::Packages::Stub> packages_;
  const std::string zip_ = ZipOf(GoodContents());
};

TEST_F(PackageServiceTest, Uploaded_IsInstalledAndTwiceIsOnce) {
  StartAll();
  v1::StageModuleResponse response;
  // "m" 1.0.0 is there by hand.
  const std::string zip = ZipOf(GoodContents("", "2.0.0"));
  grpc::Status status = Stage(zip, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.name(), "m");
  EXPECT_EQ(response.version(), "2.0.0");
  EXPECT_FALSE(response.already_staged());
  EXPECT_EQ(ReadFolder(fs::u8path(config_.modules_directory()) / "m" / "2.0.0"), GoodContents("", "2.0.0"));
  EXPECT_EQ(Uploads(), 0U);
  status = Stage(zip, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(response.already_staged());
  EXPECT_TRUE(Remove("m", "2.0.0").ok());
  EXPECT_EQ(Remove("m", "2.0.0").error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(PackageServiceTest, VersionThatIsThereByHand_AlreadyExists) {
  StartAll();
  v1::StageModuleResponse response;
  EXPECT_EQ(Stage(zip_, &response).error_code(), grpc::StatusCode::ALREADY_EXISTS);
}

TEST_F(PackageServiceTest, UploadCutInTheMiddle_LeavesNothingAndCanBeRepeated) {
  StartAll();
  const std::string zip = ZipOf(GoodContents("", "2.0.0"));
  const std::unique_ptr<Call> call = Begin(zip);
  call->writer->Write(Chunk(zip.substr(0, 100)));
  AwaitUploads(1);
  call->context->TryCancel();
  EXPECT_FALSE(call->writer->Finish().ok());
  AwaitUploads(0);
  v1::StageModuleResponse response;
  const grpc::Status status = Stage(zip, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(PackageServiceTest, UploadThatTakesTooLong_IsCut) {
  config_.mutable_timeouts()->set_package_upload_ms(50);
  StartAll();
  const std::unique_ptr<Call> call = Begin(zip_);
  EXPECT_EQ(call->writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  AwaitUploads(0);
}

TEST_F(PackageServiceTest, TwoUnderWay_TheThirdIsRefusedAndTheyGoOn) {
  StartAll();
  const std::string zip = ZipOf(GoodContents("", "2.0.0"));
  const std::unique_ptr<Call> first = Begin(zip);
  const std::unique_ptr<Call> second = Begin(zip);
  AwaitUploads(2);
  v1::StageModuleResponse response;
  const grpc::Status third = Stage(zip, &response);
  EXPECT_EQ(third.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(third.error_message(), HasSubstr("two packages are being staged already"));
  EXPECT_EQ(Remove("m", "1.0.0").error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  // While they wait, others are served.
  EXPECT_EQ(GetStatus().sessions_size(), 0);
  for (Call* call : {first.get(), second.get()}) {
    call->writer->Write(Chunk(zip));
    call->writer->WritesDone();
    const grpc::Status status = call->writer->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
  EXPECT_TRUE(second->response.already_staged());
}

TEST_F(PackageServiceTest, LargerThanAllowed_IsRefusedByItsHeader) {
  config_.mutable_limits()->set_max_package_bytes(1024);
  StartAll();
  const std::unique_ptr<Call> call = Begin(std::string(1025, 'x'));
  const grpc::Status status = call->writer->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("limits.maxPackageBytes"));
}

TEST_F(PackageServiceTest, HostilePackage_IsRefusedByItsEntry) {
  StartAll();
  v1::StageModuleResponse response;
  const grpc::Status status = Stage(ZipOf(Contents{{"../evil", "x"}}), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("../evil: "));
}

TEST_F(PackageServiceTest, VersionThatRuns_IsNotRemoved) {
  StartAll();
  OpenSession();
  ASSERT_TRUE(OpenResource("r").ok());
  EXPECT_EQ(RunToEnd(Operation("r", "done")).back().kind(), v1::SUCCEEDED);
  const grpc::Status status = Remove("m", "1.0.0");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("runs it"));
}

}  // namespace
}  // namespace resource_broker::broker::testing
