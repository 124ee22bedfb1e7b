// What OnlineV2's and OfflineV2's InBuffer says, by this project's convention.
//
// The buffer carries named values in one of two forms:
//   * a cluster property list (CLUSPROP_LIST), as OfflineClusterResourceEx and its kin pass on. All numbers are
//     little-endian 32-bit words:
//       count of properties
//       per property:
//         0x00040003 (CLUSPROP_SYNTAX_NAME), length in bytes, the name in UTF-16 with its NUL, padded to a multiple of
//         4 values, each: syntax, length in bytes, the data, padded to a multiple of 4; the first one counts 0
//         (CLUSPROP_SYNTAX_ENDMARK)
//     Syntaxes: 0x00010001 binary, 0x00010002 32-bit number, 0x00010003 text, 0x00010004 text with references to the
//     environment, 0x00010005 list of texts, 0x00010006 64-bit number. Values of others are skipped.
//   * a JSON object, where the first byte is '{': numbers (whole, from 0), texts, true and false (1 and 0), lists of
//     texts. Values of other types are skipped.
//
// The modules of this project know two names, and ignore others:
//   TimeoutMs   a number: how long the operation may take, in milliseconds
//   Mode        a text: "graceful", or "hard" for no grace
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "resource_modules/sdk/properties.h"

namespace resource_broker::sdk {

// The values in `in_buffer`; none for an empty one. InvalidArgument, with what is wrong and where, for anything that is
// neither form; nothing of it is used then. Safe for any bytes.
absl::StatusOr<Properties> ParseInBuffer(absl::string_view in_buffer);

}  // namespace resource_broker::sdk
