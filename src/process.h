// What a server asks of its operating system about itself. One file per system implements it.
#pragma once

#include <cstddef>

namespace whinchat {

// Raises the number of open files to what is allowed and returns it. Before any thread is started: room for `at_once` of them
// is made here, because Linux lets a process with threads wait for some 10 ms each time its table of files grows (expand_fdtable()
// in fs/file.c waits for all readers of the old table).
size_t raise_descriptor_limit(size_t at_once);

// Files that this process makes are its user's own; its memory, keys included, is not dumped.
void protect_process();

// Is there somebody at the other end of standard input whose end we would notice (a pipe or a socket)?
bool standard_input_is_pipe();

// At once, without cleaning up: for a second signal.
[[noreturn]] void exit_now(int code);

}  // namespace whinchat
