#include "broker_service/packages/upload.h"

#include "absl/strings/escaping.h"
#include "broker_service/packages/testing/package_fixture.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

v1::StageModuleRequest Header(uint64_t size, const std::string& sha256) {
  v1::StageModuleRequest request;
  request.mutable_header()->set_size(size);
  request.mutable_header()->set_sha256(sha256);
  return request;
}

v1::StageModuleRequest HeaderOf(const std::string& bytes) {
  return Header(bytes.size(), absl::HexStringToBytes(HashOf(bytes)));
}

v1::StageModuleRequest Chunk(const std::string& bytes) {
  v1::StageModuleRequest request;
  request.set_chunk(bytes);
  return request;
}

class UploadTest : public ::testing::Test {
 protected:
  absl::StatusOr<Upload> Begin(const v1::StageModuleRequest& first, uint64_t max_bytes = 1000) {
    return Upload::Begin(first, max_bytes, folder_.path() / "upload");
  }
  std::string Fault(const v1::StageModuleRequest& first) { return std::string(Begin(first).status().message()); }

  TemporaryFolder folder_;
};

TEST_F(UploadTest, AllThatWasAnnounced_IsInTheFileAsLongAsItIsWanted) {
  {
    absl::StatusOr<Upload> upload = Begin(HeaderOf("one two"));
    ASSERT_TRUE(upload.ok()) << upload.status();
    EXPECT_TRUE(upload->Add(Chunk("one")).ok());
    EXPECT_TRUE(upload->Add(Chunk(" two")).ok());
    EXPECT_TRUE(upload->Finish().ok());
    EXPECT_EQ(ReadFolder(folder_.path()), (Contents{{"upload", "one two"}}));
  }
  EXPECT_EQ(ReadFolder(folder_.path()), Contents());
}

TEST_F(UploadTest, EndsTooEarly_IsRefusedAndLeavesNothing) {
  {
    absl::StatusOr<Upload> upload = Begin(HeaderOf("one two"));
    ASSERT_TRUE(upload->Add(Chunk("one")).ok());
    EXPECT_EQ(upload->Finish().message(), "the upload ended after 3 of 7 bytes");
  }
  EXPECT_EQ(ReadFolder(folder_.path()), Contents());
}

TEST_F(UploadTest, OtherBytes_AreRefused) {
  absl::StatusOr<Upload> upload = Begin(HeaderOf("one two"));
  ASSERT_TRUE(upload->Add(Chunk("one 2wo")).ok());
  EXPECT_THAT(std::string(upload->Finish().message()), StartsWith("header.sha256: "));
}

TEST_F(UploadTest, HeaderNotInOrder_IsRefusedByItsField) {
  EXPECT_EQ(Fault(Chunk("x")), "header: must be in the first message");
  EXPECT_EQ(Fault({}), "header: must be in the first message");
  EXPECT_THAT(Fault(Header(0, std::string(32, 'x'))), StartsWith("header.size: "));
  EXPECT_THAT(Fault(Header(5, std::string(31, 'x'))), StartsWith("header.sha256: "));
  const absl::Status status = Begin(Header(1001, std::string(32, 'x'))).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("limits.maxPackageBytes, 1000"));
  EXPECT_EQ(ReadFolder(folder_.path()), Contents());
}

TEST_F(UploadTest, ChunkNotInOrder_IsRefusedAtOnce) {
  absl::StatusOr<Upload> upload = Begin(HeaderOf("one two"));
  EXPECT_THAT(std::string(upload->Add(Chunk("one two and more")).message()), StartsWith("chunk: there is more"));
  EXPECT_THAT(std::string(upload->Add(Chunk("")).message()), StartsWith("chunk: must be"));
  EXPECT_THAT(std::string(upload->Add(Chunk(std::string((256 << 10) + 1, 'x'))).message()),
              StartsWith("chunk: must be"));
  EXPECT_THAT(std::string(upload->Add(HeaderOf("one two")).message()), StartsWith("header: "));
}

}  // namespace
}  // namespace resource_broker::broker::testing
