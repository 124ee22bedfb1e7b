// Points 1 to 5: loading the DLL and starting it.
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/names/names.h"
#include "clients/rhs_host/checks/footprint.h"
#include "clients/rhs_host/checks/subject.h"
#include "ipc/utf16.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

constexpr uint32_t kQuorumCapable = 0x1;  // CLUS_CHAR_QUORUM

// Two more, so that what is allocated once is not counted.
constexpr int kLoads = 20;

// What stands where the table's pointer goes, to see whether it was written.
resapi::CLRES_FUNCTION_TABLE g_untouched = {};

Finding Exports(Subject& subject) {
  const std::vector<std::string> exported = subject.dll().library().ExportedFunctions();
  // Now nobody keeps it: what follows loads it anew each time.
  DynamicLibrary(subject.dll().library()).Unload();
  Footprint before;
  for (int i = 0; i < kLoads + 2; ++i) {
    if (i == 2) before = MeasureFootprint();
    absl::StatusOr<DynamicLibrary> library = DynamicLibrary::Load(subject.options().dll);
    if (!library.ok()) return Fail(absl::StrCat("loading it once more failed: ", library.status().message()));
    library->Unload();
  }
  const Footprint after = MeasureFootprint();
  // Its right: one that has threads has to. It leaks nothing then, and what would be left behind is not seen.
  const bool stays = DynamicLibrary::IsLoaded(subject.options().dll);
  const std::string growth =
      absl::StrFormat("%d times loaded and unloaded%s: %s", kLoads,
                      stays ? ", and it stays loaded until the process ends" : "", FormatGrowth(before, after));
  if (after.threads > before.threads || after.handles >= before.handles + kLoads ||
      after.memory > before.memory + (int64_t{kLoads} << 18)) {
    return Fail(growth);
  }
  std::vector<std::string> more;
  for (const std::string& name : exported) {
    if (name != "Startup" && name != "StartupEx") more.push_back(name);
  }
  if (!more.empty()) {
    return Warning(absl::StrFormat("exports %d other function(s), as %s", more.size(), more.front()));
  }
  return Pass(growth);
}

Finding Table(Subject& subject) {
  const auto start = [&] {
    return subject.dll().Call(subject.type(), resapi::CLRES_VERSION_V1_00, resapi::CLRES_VERSION_V4_00, CallbackTable(),
                              nullptr);
  };
  const ResourceDll::Answer first = start();
  if (!first.exception.empty()) return NotJudged(first.exception);
  if (first.code != win32::kSuccess) {
    return Fail(absl::StrFormat("%s of type \"%s\" returned %s", subject.dll().start_routine(), subject.options().type,
                                names::FormatWin32(first.code)));
  }
  if (first.table == nullptr) return Fail("0 was returned without a table");
  const resapi::CLRES_FUNCTION_TABLE copy = *first.table;
  // What it lacks is another check's.
  if (const std::string problem = TableProblem(first.table);
      !problem.empty() && MissingFunctions(*first.table).empty()) {
    return Fail(problem);
  }
  const ResourceDll::Answer second = start();
  if (second.table != first.table) return Fail("a second start gave the table another address");
  subject.Open().Close();
  if (std::memcmp(&copy, first.table, sizeof(uint64_t) + copy.TableSize) != 0) return Fail("the table has changed");
  return Pass(absl::StrFormat("version 0x%x, TableSize %u", copy.Version, copy.TableSize));
}

Finding Versions(Subject& subject) {
  struct Attempt {
    std::u16string type;
    uint32_t min;
    uint32_t max;
    uint32_t expected;
  };
  const std::u16string stranger = u"No Such Type 7b0f";
  const std::vector<Attempt> attempts = {
      {subject.type(), resapi::CLRES_VERSION_V3_00, resapi::CLRES_VERSION_V4_00, win32::kRevisionMismatch},
      {subject.type(), resapi::CLRES_VERSION_V1_00, resapi::CLRES_VERSION_V1_00, win32::kRevisionMismatch},
      {stranger, resapi::CLRES_VERSION_V1_00, resapi::CLRES_VERSION_V4_00, win32::kClusterResnameNotFound}};
  std::vector<std::string> unusual;
  for (const Attempt& attempt : attempts) {
    const ResourceDll::Answer answer =
        subject.dll().Call(attempt.type, attempt.min, attempt.max, CallbackTable(), &g_untouched);
    if (!answer.exception.empty()) return NotJudged(answer.exception);
    const std::string call = absl::StrFormat("%s(%s, 0x%x, 0x%x) returned %s", subject.dll().start_routine(),
                                             attempt.type == stranger ? "an unknown type" : "its type", attempt.min,
                                             attempt.max, names::FormatWin32(answer.code));
    if (answer.code == win32::kSuccess) {
      // Version 1 may be what it has.
      const bool version1 = attempt.max == resapi::CLRES_VERSION_V1_00 && answer.table != nullptr &&
                            answer.table->Version == resapi::CLRES_VERSION_V1_00;
      if (!version1) return Fail(absl::StrCat(call, ", and should have refused"));
      continue;
    }
    if (answer.table != &g_untouched) return Fail(absl::StrCat(call, ", and wrote the table's pointer"));
    if (answer.code != attempt.expected) unusual.push_back(absl::StrCat(call, ", not ", attempt.expected));
  }
  return unusual.empty() ? Pass("refused: versions above 2, version 1 alone if it has none, and a type that is not its")
                         : Warning(absl::StrJoin(unusual, "; "));
}

Finding Functions(Subject& subject) {
  const ResourceDll::Answer answer = subject.dll().Call(subject.type(), resapi::CLRES_VERSION_V1_00,
                                                        resapi::CLRES_VERSION_V4_00, CallbackTable(), nullptr);
  if (answer.table == nullptr) return NotJudged("there is no table");
  if (const std::string missing = MissingFunctions(*answer.table); !missing.empty()) {
    return Fail(absl::StrCat("the table lacks ", missing));
  }
  // The two stand at the same place in both versions.
  const bool arbitrates =
      answer.table->V2Functions.Arbitrate != nullptr || answer.table->V2Functions.Release != nullptr;
  const bool quorum = (subject.Characteristics(subject.Open()) & kQuorumCapable) != 0;
  if (arbitrates && !quorum) return Fail("Arbitrate or Release is there, and CLUS_CHAR_QUORUM is not reported");
  if (!arbitrates && quorum) return Fail("CLUS_CHAR_QUORUM is reported, and Arbitrate and Release are not there");
  return Pass(quorum ? "all, with Arbitrate and Release" : "all, without Arbitrate and Release");
}

Finding SecondStart(Subject& subject) {
  subject.StartWithShortTable();
  GuardedMemory table(sizeof(resapi::CLRES_CALLBACK_FUNCTION_TABLE));
  std::memcpy(table.data(), CallbackTable(), table.size());
  for (const std::u16string& type : {subject.type(), subject.type() + u" 2"}) {
    const ResourceDll::Answer answer =
        subject.dll().Call(type, resapi::CLRES_VERSION_V1_00, resapi::CLRES_VERSION_V2_00,
                           static_cast<resapi::CLRES_CALLBACK_FUNCTION_TABLE*>(table.data()), nullptr);
    if (!answer.exception.empty()) return NotJudged(answer.exception);
    if (type == subject.type() && answer.code != win32::kSuccess) {
      return Fail(absl::StrCat("the second start returned ", names::FormatWin32(answer.code)));
    }
  }
  subject.Open().Close();
  return Pass("started three times, with 40 bytes of callbacks before a guard page");
}

}  // namespace

std::vector<Check> LoadChecks() {
  return {
      {1, "exports", "Only the start routines are exported, undecorated; loading and unloading leaves nothing behind",
       "header: Resapi.h; documented: recommended-practices-for-resource-dlls (DllMain)", &Exports},
      {2, "function-table", "The start routine gives a table of version 2 and size 96 (1 and 88) that stays as it is",
       "header: Resapi.h, CLRES_V2_FUNCTION_TABLE_SET", &Table},
      {3, "version-range", "Versions and types that are not the DLL's are refused, and nothing is written",
       "documented: nc-resapi-pstartup_ex_routine; sample: ClRes.cpp (5080)", &Versions},
      {4, "mandatory-functions", "Every function but Arbitrate and Release is there; those two with CLUS_CHAR_QUORUM",
       "documented: resource-dll-entry-point-functions; sample: function table", &Functions},
      {5, "second-start",
       "Another start is harmless, and of the callback table only the five members of version 2 are read",
       "sample: ClRes.cpp; header: CLRES_CALLBACK_FUNCTION_TABLE", &SecondStart},
  };
}

}  // namespace resource_broker::rhs_host
