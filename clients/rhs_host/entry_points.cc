#include "clients/rhs_host/entry_points.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/names/names.h"
#include "clients/rhs_host/boundary.h"
#include "clients/rhs_host/bytes.h"
#include "clients/rhs_host/call_buffer.h"
#include "clients/rhs_host/dynamic_library.h"
#include "clients/rhs_host/text.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

using resapi::DWORD;
using resapi::RESID;

// Longer buffers are recorded by their size alone.
constexpr size_t kMaxRecordedBytes = 4096;

std::string Pointer(const void* pointer) { return absl::StrFormat("0x%x", reinterpret_cast<uintptr_t>(pointer)); }

// A text argument of a call: UTF-16 with its NUL, or NULL.
class CallText {
 public:
  explicit CallText(const std::optional<std::u16string>& text) {
    if (!text) return;
    // With its NUL, which c_str() has behind the end.
    buffer_ = std::make_unique<CallBuffer<resapi::WCHAR>>(text->c_str(), text->c_str() + text->size() + 1);
  }
  const resapi::WCHAR* data() { return buffer_ == nullptr ? nullptr : buffer_->data(); }

 private:
  std::unique_ptr<CallBuffer<resapi::WCHAR>> buffer_;
};

class CallBytes {
 public:
  explicit CallBytes(const InBuffer& in) {
    if (in.bytes) buffer_ = std::make_unique<CallBuffer<uint8_t>>(in.bytes->begin(), in.bytes->end());
    size_ = in.claimed_size.value_or(in.bytes ? static_cast<uint32_t>(in.bytes->size()) : 0);
  }
  uint8_t* data() { return buffer_ == nullptr ? nullptr : buffer_->data(); }
  uint32_t size() const { return size_; }

 private:
  std::unique_ptr<CallBuffer<uint8_t>> buffer_;
  uint32_t size_;
};

std::string Describe(const InBuffer& in) {
  if (!in.bytes) return in.claimed_size ? absl::StrFormat(" in=NULL size=%u", *in.claimed_size) : "";
  return absl::StrFormat(" in=%u bytes", in.bytes->size());
}

void AddFields(const InBuffer& in, std::vector<Field>* fields) {
  const uint64_t bytes = in.bytes ? in.bytes->size() : 0;
  fields->push_back({"in_size", in.claimed_size ? uint64_t{*in.claimed_size} : bytes});
  if (!in.bytes) {
    fields->push_back({"in", nullptr});
  } else if (bytes <= kMaxRecordedBytes) {
    fields->push_back({"in", FormatHexadecimal(*in.bytes)});
  }
}

thread_local bool t_inside = false;

template <typename Common, typename Functions>
Common CommonOf(const Functions& functions) {
  return {functions.Close,   functions.Terminate,       functions.LooksAlive,
          functions.IsAlive, functions.ResourceControl, functions.ResourceTypeControl};
}

}  // namespace

bool InsideEntryPoint() { return t_inside; }

struct EntryPoints::Announcement {
  std::string resource;
  std::string entry_point;
  // Arguments, each with a space before it.
  std::string text;
  std::vector<Field> fields;
  enum class Answer { kCode, kNothing, kBool, kResid } answer = Answer::kCode;
};

EntryPoints::EntryPoints(const resapi::CLRES_FUNCTION_TABLE* table, Timeline* timeline)
    : version1_(table->Version == resapi::CLRES_VERSION_V1_00 ? &table->V1Functions : nullptr),
      version2_(version1_ == nullptr ? &table->V2Functions : nullptr),
      common_(version1_ != nullptr ? CommonOf<Common>(*version1_) : CommonOf<Common>(*version2_)),
      timeline_(timeline) {}

CallResult EntryPoints::Run(const Announcement& announcement, const std::function<void(CallResult*)>& call,
                            const Returned& returned) {
  static std::atomic<uint64_t> next_id{1};
  const uint64_t id = next_id.fetch_add(1);
  CallResult result;
  result.entry_point = announcement.entry_point;
  Announce(announcement, id);
  const absl::Duration start = timeline_->Elapsed();
  t_inside = true;
  result.exception = CallAcrossBoundary([&] { call(&result); });
  t_inside = false;
  result.duration = timeline_->Elapsed() - start;
  if (!result.exception.empty()) result.code = win32::kUnhandledException;
  if (returned) returned(result.code);
  Conclude(announcement, id, result);
  return result;
}

void EntryPoints::Announce(const Announcement& announcement, uint64_t id) {
  Record record{
      RecordKind::kCall, announcement.resource, absl::StrCat(announcement.entry_point, announcement.text), {}};
  record.fields = {{"entry_point", announcement.entry_point}, {"call", id}};
  record.fields.insert(record.fields.end(), announcement.fields.begin(), announcement.fields.end());
  timeline_->Add(record);
}

void EntryPoints::Conclude(const Announcement& announcement, uint64_t id, const CallResult& result) {
  Record record{RecordKind::kReturn, announcement.resource, announcement.entry_point, {}};
  record.fields = {{"entry_point", announcement.entry_point},
                   {"call", id},
                   {"duration_ms", absl::ToDoubleMilliseconds(result.duration)}};
  if (!result.exception.empty()) {
    absl::StrAppend(&record.text, " threw");
    record.fields.push_back({"exception", result.exception});
  } else if (announcement.answer == Announcement::Answer::kBool) {
    absl::StrAppend(&record.text, result.code == 1 ? " TRUE" : result.code == 0 ? " FALSE" : " neither TRUE nor FALSE");
    record.fields.push_back({"code", uint64_t{result.code}});
    record.fields.push_back({"alive", result.code != 0});
  } else if (announcement.answer == Announcement::Answer::kResid && result.resid != nullptr) {
    absl::StrAppend(&record.text, " RESID ", Pointer(result.resid));
    record.fields.push_back({"code", uint64_t{0}});
    record.fields.push_back({"resid", Pointer(result.resid)});
  } else if (announcement.answer != Announcement::Answer::kNothing) {
    absl::StrAppend(&record.text, announcement.answer == Announcement::Answer::kResid ? " NULL, last error " : " ",
                    names::FormatWin32(result.code));
    record.fields.push_back({"code", uint64_t{result.code}});
  }
  if (result.event_handle != nullptr) {
    absl::StrAppend(&record.text, ", event handle ", Pointer(result.event_handle));
    record.fields.push_back({"event_handle", Pointer(result.event_handle)});
  }
  if (result.bytes_returned != 0) {
    absl::StrAppendFormat(&record.text, ", %u bytes returned", result.bytes_returned);
    record.fields.push_back({"bytes_returned", uint64_t{result.bytes_returned}});
    if (result.out.size() <= kMaxRecordedBytes) record.fields.push_back({"out", FormatHexadecimal(result.out)});
  }
  absl::StrAppendFormat(&record.text, " in %.3f ms", absl::ToDoubleMilliseconds(result.duration));
  timeline_->Add(record);
}

CallResult EntryPoints::Open(const std::string& resource, const std::u16string& name, resapi::HKEY key,
                             resapi::RESOURCE_HANDLE handle, uint32_t flags) {
  CallText text(name);
  return Run({resource,
              "OpenV2",
              absl::StrCat(" flags=", names::FormatFlags(names::FlagSet::kOpen, flags)),
              {{"flags", uint64_t{flags}}, {"resource_handle", Pointer(handle)}},
              Announcement::Answer::kResid},
             [&](CallResult* result) {
               SetLastErrorCode(0);
               result->resid = version1_ != nullptr ? version1_->Open(text.data(), key, handle)
                                                    : version2_->Open(text.data(), key, handle, flags);
               if (result->resid == nullptr) result->code = LastErrorCode();
             });
}

CallResult EntryPoints::Close(const std::string& resource, RESID resid) {
  return Run({resource, "Close", "", {{"resid", Pointer(resid)}}, Announcement::Answer::kNothing},
             [&](CallResult*) { common_.Close(resid); });
}

CallResult EntryPoints::Online(const std::string& resource, RESID resid, const OnlineArguments& arguments,
                               const Returned& returned) {
  Announcement announcement{
      resource,
      "OnlineV2",
      absl::StrCat(" flags=", names::FormatFlags(names::FlagSet::kOnline, arguments.flags), Describe(arguments.in),
                   arguments.reserved == 0 ? "" : absl::StrFormat(" reserved=0x%x", arguments.reserved)),
      {{"resid", Pointer(resid)}, {"flags", uint64_t{arguments.flags}}, {"reserved", uint64_t{arguments.reserved}}}};
  AddFields(arguments.in, &announcement.fields);
  CallBytes in(arguments.in);
  return Run(
      announcement,
      [&](CallResult* result) {
        result->code = version1_ != nullptr ? version1_->Online(resid, &result->event_handle)
                                            : version2_->Online(resid, &result->event_handle, arguments.flags,
                                                                in.data(), in.size(), arguments.reserved);
      },
      returned);
}

CallResult EntryPoints::Offline(const std::string& resource, RESID resid, const OfflineArguments& arguments,
                                const Returned& returned) {
  const std::string destination =
      arguments.destination ? absl::StrCat("\"", Readable(*arguments.destination), "\"") : "NULL";
  Announcement announcement{
      resource,
      "OfflineV2",
      absl::StrCat(" dest=", destination, " flags=", names::FormatFlags(names::FlagSet::kOffline, arguments.flags),
                   Describe(arguments.in),
                   arguments.reserved == 0 ? "" : absl::StrFormat(" reserved=0x%x", arguments.reserved)),
      {{"resid", Pointer(resid)}, {"flags", uint64_t{arguments.flags}}, {"reserved", uint64_t{arguments.reserved}}}};
  if (arguments.destination) {
    announcement.fields.push_back({"destination", Readable(*arguments.destination)});
  } else {
    announcement.fields.push_back({"destination", nullptr});
  }
  AddFields(arguments.in, &announcement.fields);
  CallBytes in(arguments.in);
  CallText text(arguments.destination);
  return Run(
      announcement,
      [&](CallResult* result) {
        result->code = version1_ != nullptr ? version1_->Offline(resid)
                                            : version2_->Offline(resid, text.data(), arguments.flags, in.data(),
                                                                 in.size(), arguments.reserved);
      },
      returned);
}

CallResult EntryPoints::Terminate(const std::string& resource, RESID resid, bool by_host) {
  Announcement announcement{resource, "Terminate", "", {{"resid", Pointer(resid)}}, Announcement::Answer::kNothing};
  if (by_host) announcement.fields.push_back({"by_host", true});
  return Run(announcement, [&](CallResult*) { common_.Terminate(resid); });
}

CallResult EntryPoints::Cancel(const std::string& resource, RESID resid, uint32_t flags) {
  return Run({resource,
              "Cancel",
              flags == 0 ? "" : absl::StrFormat(" flags=0x%x", flags),
              {{"resid", Pointer(resid)}, {"flags", uint64_t{flags}}}},
             [&](CallResult* result) {
               result->code = version1_ != nullptr ? win32::kCallNotImplemented : version2_->Cancel(resid, flags);
             });
}

CallResult EntryPoints::LooksAlive(const std::string& resource, RESID resid) {
  return Run({resource, "LooksAlive", "", {{"resid", Pointer(resid)}}, Announcement::Answer::kBool},
             [&](CallResult* result) { result->code = static_cast<uint32_t>(common_.LooksAlive(resid)); });
}

CallResult EntryPoints::IsAlive(const std::string& resource, RESID resid) {
  return Run({resource, "IsAlive", "", {{"resid", Pointer(resid)}}, Announcement::Answer::kBool},
             [&](CallResult* result) { result->code = static_cast<uint32_t>(common_.IsAlive(resid)); });
}

CallResult EntryPoints::Control(Announcement announcement, const ControlArguments& arguments,
                                const std::function<uint32_t(void*, uint32_t, void*, uint32_t, DWORD*)>& call) {
  announcement.text = absl::StrCat(absl::StrFormat(" code=0x%08x", arguments.code), Describe(arguments.in),
                                   arguments.out_size ? absl::StrFormat(" out=%u bytes", *arguments.out_size) : "");
  announcement.fields.push_back({"control_code", uint64_t{arguments.code}});
  announcement.fields.push_back({"out_size", uint64_t{arguments.out_size.value_or(0)}});
  AddFields(arguments.in, &announcement.fields);
  CallBytes in(arguments.in);
  CallBuffer<uint8_t> out(arguments.out_size.value_or(0));
  return Run(announcement, [&](CallResult* result) {
    DWORD bytes_returned = 0;
    result->code = call(in.data(), in.size(), arguments.out_size ? out.data() : nullptr,
                        static_cast<uint32_t>(out.size()), &bytes_returned);
    result->bytes_returned = bytes_returned;
    if (result->code == win32::kSuccess) {
      result->out.assign(out.data(), out.data() + std::min<size_t>(bytes_returned, out.size()));
    }
  });
}

CallResult EntryPoints::ResourceControl(const std::string& resource, RESID resid, const ControlArguments& arguments) {
  return Control({resource, "ResourceControl", "", {{"resid", Pointer(resid)}}}, arguments,
                 [&](void* in, uint32_t in_size, void* out, uint32_t out_size, DWORD* bytes_returned) {
                   return common_.ResourceControl(resid, arguments.code, in, in_size, out, out_size, bytes_returned);
                 });
}

CallResult EntryPoints::ResourceTypeControl(const std::u16string& type, const ControlArguments& arguments) {
  CallText name(type);
  return Control({"", "ResourceTypeControl", "", {{"type", Readable(type)}}}, arguments,
                 [&](void* in, uint32_t in_size, void* out, uint32_t out_size, DWORD* bytes_returned) {
                   return common_.ResourceTypeControl(name.data(), arguments.code, in, in_size, out, out_size,
                                                      bytes_returned);
                 });
}

}  // namespace resource_broker::rhs_host
