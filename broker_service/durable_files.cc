#include "broker_service/durable_files.h"

#include <system_error>

namespace resource_broker::broker {

absl::Status WriteDurably(const std::filesystem::path& file, std::string_view text) {
  const std::filesystem::path unfinished = std::filesystem::path(file).concat(".new");
  // Of a broker that died here.
  std::error_code ignored;
  std::filesystem::remove(unfinished, ignored);
  {
    const absl::StatusOr<std::unique_ptr<DurableFile>> out = DurableFile::Create(unfinished, /*executable=*/false);
    if (!out.ok()) return out.status();
    if (absl::Status status = (*out)->Write(text); !status.ok()) return status;
    if (absl::Status status = (*out)->Finish(); !status.ok()) return status;
  }
  return MoveOver(unfinished, file);
}

}  // namespace resource_broker::broker
