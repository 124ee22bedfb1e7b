#include "clients/rhs_host/trace/replay.h"

#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "clients/rhs_host/bytes.h"
#include "ipc/utf16.h"

namespace resource_broker::rhs_host {
namespace {

// For reports, beyond twice the time that they took when they were recorded.
constexpr absl::Duration kReportTimeout = absl::Seconds(10);

class Replay {
 public:
  explicit Replay(const std::vector<TraceRecord>& trace) : trace_(trace) {
    for (const TraceRecord& record : trace_) {
      if (record.kind != RecordKind::kReturn) continue;
      if (const std::optional<uint64_t> call = record.Number("call")) returns_[*call] = &record;
    }
  }

  absl::StatusOr<std::vector<Step>> Steps() {
    for (const TraceRecord& record : trace_) {
      absl::Status status = absl::OkStatus();
      switch (record.kind) {
        case RecordKind::kProperty:
          status = AddProperty(record);
          break;
        case RecordKind::kCall:
          status = AddCall(record);
          break;
        case RecordKind::kReturn:
          AddReturn(record);
          break;
        case RecordKind::kReport:
          ++reports_[record.resource].came;
          reports_[record.resource].state = record.Text("state").value_or("");
          reports_[record.resource].last = record.time;
          break;
        default:
          break;
      }
      if (!status.ok()) return absl::InvalidArgumentError(absl::StrCat("line ", record.line, ": ", status.message()));
    }
    if (joinable_) steps_.push_back(Plain(trace_.back().line, JoinStep{}));
    AwaitReports(trace_.empty() ? 0 : trace_.back().line);
    return std::move(steps_);
  }

 private:
  struct Reports {
    int came = 0;
    int awaited = 0;
    // Of the last one.
    std::string state;
    // Of the operation's call and the last report.
    absl::Duration begun;
    absl::Duration last;
  };

  static Step Plain(int line, Action action) {
    Step step;
    step.line = line;
    step.action = std::move(action);
    return step;
  }

  // `name` is one of the conditions' own words.
  static Condition ConditionOf(const std::string& name, const std::string& op, const std::string& value) {
    return *ParseCondition({absl::StrCat(name, op, value), name, op, value});
  }

  absl::Status AddProperty(const TraceRecord& record) {
    absl::StatusOr<std::u16string> name = ipc::Utf16FromUtf8(record.Text("name").value_or(""));
    absl::StatusOr<std::vector<uint8_t>> data = ParseHexadecimal(record.Text("data").value_or(""));
    if (!name.ok()) return name.status();
    if (!data.ok()) return data.status();
    Step step =
        Plain(record.line, PropertyStep{{*std::move(name), static_cast<RegistryType>(record.Number("type").value_or(1)),
                                         *std::move(data)}});
    step.resource = record.resource;
    steps_.push_back(std::move(step));
    return absl::OkStatus();
  }

  void AwaitReports(int line) {
    for (auto& [resource, reports] : reports_) {
      if (reports.came <= reports.awaited) continue;
      reports.awaited = reports.came;
      std::vector<Condition> conditions = {ConditionOf("reports", ">=", absl::StrCat(reports.came))};
      if (reports.state == "Online" || reports.state == "Offline" || reports.state == "Failed") {
        conditions.push_back(ConditionOf("state", "=", reports.state));
      }
      Step step = Plain(line, WaitStep{std::move(conditions), kReportTimeout + 2 * (reports.last - reports.begun)});
      step.resource = resource;
      steps_.push_back(std::move(step));
    }
  }

  void AddReturn(const TraceRecord& record) {
    const std::string entry_point = record.Text("entry_point").value_or("");
    if (entry_point == "StartupEx" || entry_point == "Startup") {
      type_ = record.Text("type").value_or("");
      StartupStep startup{type_, static_cast<uint32_t>(record.Number("min_version").value_or(0x100)),
                          static_cast<uint32_t>(record.Number("max_version").value_or(0x400))};
      Step step = Plain(record.line, startup);
      step.expect = static_cast<uint32_t>(record.Number("code").value_or(0));
      steps_.push_back(std::move(step));
      return;
    }
    running_.erase(record.Number("call").value_or(0));
    // All that ran side by side are back.
    if (running_.empty() && joinable_) {
      steps_.push_back(Plain(record.line, JoinStep{}));
      joinable_ = false;
    }
  }

  // Whether another call begins before this one is back.
  bool Overlaps(const TraceRecord& call) const {
    for (size_t i = &call - trace_.data() + 1; i < trace_.size(); ++i) {
      const TraceRecord& record = trace_[i];
      if (record.kind == RecordKind::kReturn && record.Number("call") == call.Number("call")) return false;
      if (record.kind == RecordKind::kCall && !record.Truth("by_host")) return true;
    }
    return true;  // it never came back
  }

  absl::Status AddCall(const TraceRecord& record) {
    if (record.Truth("by_host")) return absl::OkStatus();
    AwaitReports(record.line);
    absl::StatusOr<Action> action = ActionOf(record);
    if (!action.ok()) return action.status();
    Step step = Plain(record.line, *std::move(action));
    step.resource = record.resource;
    step.background = Overlaps(record);
    const uint64_t id = record.Number("call").value_or(0);
    if (step.background) {
      running_.insert(id);
      joinable_ = true;
    }
    if (const auto found = returns_.find(id); found != returns_.end()) {
      if (const std::optional<uint64_t> code = found->second->Number("code")) {
        step.expect = static_cast<uint32_t>(*code);
      }
    }
    steps_.push_back(std::move(step));
    return absl::OkStatus();
  }

  absl::StatusOr<InBuffer> In(const TraceRecord& record) const {
    InBuffer in;
    const std::optional<std::string> text = record.Text("in");
    const auto size = static_cast<uint32_t>(record.Number("in_size").value_or(0));
    if (text) {
      absl::StatusOr<std::vector<uint8_t>> bytes = ParseHexadecimal(*text);
      if (!bytes.ok()) return bytes.status();
      in.bytes = *std::move(bytes);
    } else if (record.members.count("in") != 0) {
      if (size != 0) in.claimed_size = size;  // NULL, and yet a size
    } else if (size != 0) {
      return absl::InvalidArgumentError(absl::StrCat("the InBuffer of ", size, " bytes was not recorded"));
    }
    return in;
  }

  absl::StatusOr<Action> ActionOf(const TraceRecord& record) {
    const std::string entry_point = record.Text("entry_point").value_or("");
    const auto flags = static_cast<uint32_t>(record.Number("flags").value_or(0));
    const auto reserved = static_cast<uint32_t>(record.Number("reserved").value_or(0));
    if (entry_point == "OpenV2") return OpenStep{{type_, flags, std::nullopt}};
    if (entry_point == "LooksAlive") return LooksAliveStep{};
    if (entry_point == "IsAlive") return IsAliveStep{};
    if (entry_point == "Terminate") return TerminateStep{};
    if (entry_point == "Cancel") return CancelStep{{}, flags};
    if (entry_point == "Close") return CloseStep{};
    absl::StatusOr<InBuffer> in = In(record);
    if (!in.ok()) return in.status();
    if (entry_point == "OnlineV2" || entry_point == "OfflineV2") {
      reports_[record.resource] = {};
      reports_[record.resource].begun = record.time;
    }
    if (entry_point == "OnlineV2") return OnlineStep{{}, {flags, *std::move(in), reserved}};
    if (entry_point == "OfflineV2") {
      OfflineStep offline{{}, {std::nullopt, flags, *std::move(in), reserved}};
      if (const std::optional<std::string> destination = record.Text("destination")) {
        absl::StatusOr<std::u16string> name = ipc::Utf16FromUtf8(*destination);
        if (!name.ok()) return name.status();
        offline.arguments.destination = *std::move(name);
      }
      return offline;
    }
    ControlArguments control;
    control.code = static_cast<uint32_t>(record.Number("control_code").value_or(0));
    control.in = *std::move(in);
    if (const auto size = static_cast<uint32_t>(record.Number("out_size").value_or(0)); size > 0) {
      control.out_size = size;
    }
    if (entry_point == "ResourceControl") return ControlStep{{}, control};
    if (entry_point == "ResourceTypeControl") return TypeControlStep{record.Text("type").value_or(type_), control};
    return absl::InvalidArgumentError(absl::StrCat("unknown entry point \"", entry_point, "\""));
  }

  const std::vector<TraceRecord>& trace_;
  std::map<uint64_t, const TraceRecord*> returns_;
  std::vector<Step> steps_;
  std::map<std::string, Reports> reports_;
  std::set<uint64_t> running_;
  bool joinable_ = false;
  std::string type_;
};

}  // namespace

absl::StatusOr<std::vector<Step>> StepsOfTrace(const std::vector<TraceRecord>& trace) { return Replay(trace).Steps(); }

}  // namespace resource_broker::rhs_host
