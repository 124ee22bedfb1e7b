// What LogEvent's format and arguments say, rendered as FormatMessage would.
#pragma once

#include <cstdarg>
#include <string>

#include "bridge_dll/win32_types.h"

namespace resource_broker::rhs_host {

// The text of `format` with its inserts replaced, UTF-8.
//
// An insert is %1 to %99 with an optional printf format between exclamation marks, %1!08x!, of strings when there is
// none. Understood: d i u x X o c C s S p with flags, width, precision (`*` takes the next arguments) and the sizes
// hh h l ll I I32 I64 w. %n, %r, %t and %b are newline, carriage return, tab and space, %0 ends the text, and % before
// any other character stands for that character. FormatMessage has no floating point, and so every argument is one
// 8-byte slot, on Windows x64 as in the System V calling convention. A string argument is read up to its NUL or 4,096
// characters, NULL is "(null)"; a `format` of NULL is empty.
//
// `arguments` is consumed. As with every variadic function, inserts without an argument are the caller's fault and
// can't be detected.
std::string RenderLogMessage(const resapi::WCHAR* format, va_list arguments);

}  // namespace resource_broker::rhs_host
