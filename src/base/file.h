// Files, read whole and written whole. What differs between systems is in file_posix.cpp and nowhere else.
//
// All functions block; on a loop they are offloaded (start-up may call them directly). Errors are kIo with a sentence
// that names the file and the reason ("cannot read settings.txt: Permission denied").
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace whinchat {

// kNotFound when there is no such file; kTooLarge beyond bytes_max; kIo for folders, devices and everything else.
Result<std::string> read_file(const std::string& path, size_t bytes_max);

// Either the old content stays or the new one is there, whatever happens in between: a temporary file beside it, flushed
// to disk, renamed over it. Mode 0600.
Result<void> write_file_atomically(const std::string& path, std::string_view content);

// Refuses a file with secrets that others on this machine can read. The message ends in the chmod line to type.
Result<void> check_private(const std::string& path);

void remove_file(const std::string& path);    // if it is there and can be removed

bool file_exists(const std::string& path);    // anything of that name
bool folder_exists(const std::string& path);

// Makes the folder and those above it, mode 0700 for new ones. No error when it is there already.
Result<void> make_private_folder(const std::string& path);

// The path as a shell word: quoted when it needs it.
std::string shell_word(std::string_view path);

}  // namespace whinchat
