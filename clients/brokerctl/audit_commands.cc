#include "clients/brokerctl/audit_commands.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/brokerctl/words.h"
#include "resource_broker/v1/audit.grpc.pb.h"

namespace resource_broker::brokerctl {
namespace {

constexpr uint32_t kLargestPage = 1000;

struct Values {
  std::string identity;
  std::string since;
  std::string until;
  bool failures = false;
  uint32_t limit = 100;
};

std::string Result(const v1::AuditRecord& record) {
  if (record.code() == 0) return "done";
  return absl::StrCat("refused: ", absl::StatusCodeToString(static_cast<absl::StatusCode>(record.code())));
}

std::string Change(const v1::AuditRecord& record) {
  if (record.before().empty() && record.after().empty()) return kNothing;
  return absl::StrCat(OrNothing(record.before()), " → ", OrNothing(record.after()));
}

Part TableOf(const v1::ListAuditRecordsResponse& answer) {
  std::vector<Row> rows = {
      {"#", "WHEN", "WHO", "ROLE", "METHOD", "SUBJECT", "RESULT", "FROM", "CHANGE", "TIMES", "MESSAGE"}};
  for (const v1::AuditRecord& record : answer.records()) {
    rows.push_back({absl::StrCat(record.sequence()), FormatTime(record.unix_us()), OrNothing(record.identity()),
                    OrNothing(record.role()), record.method(), OrNothing(record.subject()), Result(record),
                    record.from(), Change(record), absl::StrCat(std::max(record.repeated(), uint32_t{1})),
                    OrNothing(record.message())});
  }
  return Table(std::move(rows), /*narrow=*/7);
}

absl::StatusOr<Answer> List(const Node& node, const Values& values) {
  const int64_t now = absl::GetCurrentTimeNanos() / 1000;
  const absl::StatusOr<int64_t> since = ParseMoment("--since", values.since, now);
  if (!since.ok()) return since.status();
  const absl::StatusOr<int64_t> until = ParseMoment("--until", values.until, now);
  if (!until.ok()) return until.status();
  v1::ListAuditRecordsRequest request;
  request.set_identity(values.identity);
  request.set_failures_only(values.failures);
  request.set_from_unix_us(*since);
  request.set_before_unix_us(*until);
  v1::ListAuditRecordsResponse all;
  const auto count = [&] { return static_cast<uint32_t>(all.records_size()); };
  do {
    request.set_page_size(std::min(values.limit - count(), kLargestPage));
    absl::StatusOr<v1::ListAuditRecordsResponse> page = node.Call(&v1::Audit::Stub::ListAuditRecords, request);
    if (!page.ok()) return page.status();
    all.mutable_records()->MergeFrom(page->records());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty() && count() < values.limit);
  Part table = TableOf(all);
  return AnswerOf(std::move(all), {std::move(table)}, "records");
}

}  // namespace

void AddAuditCommands(CLI::App* app, Command* chosen) {
  const auto values = std::make_shared<Values>();
  CLI::App* audit = AddCommand(app, "audit", "Who changed what, or was kept from it; newest first",
                               "  brokerctl --context prod audit --since 1d\n"
                               "  brokerctl audit --failures -o wide\n"
                               "  brokerctl audit --identity spiffe://corp/ops/alice --limit 20");
  audit->add_option("--identity", values->identity, "Only of this identity, as the log has it");
  audit->add_flag("--failures", values->failures, "Only what was refused or failed");
  audit->add_option("--since", values->since, "Only since then: 30m, 2h, 3d, or a moment in UTC");
  audit->add_option("--until", values->until, "Only before then");
  audit->add_option("--limit", values->limit, "At most so many, of each node")
      ->capture_default_str()
      ->check(CLI::Range(uint32_t{1}, uint32_t{1'000'000}));
  AddWatch(audit, chosen);
  audit->callback([chosen, values] { chosen->ask = [values](const Node& node) { return List(node, *values); }; });
}

}  // namespace resource_broker::brokerctl
