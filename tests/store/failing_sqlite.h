// SQLite on a disk and an allocator that fail when told to: at the Nth call of a kind, once or from then on.
// Both stand between SQLite and the real ones, so everything else is as in the product. Only while no database is open may
// they be put in place. Sources: sqlite.org/c3ref/io_methods.html, sqlite.org/c3ref/mem_methods.html (2026).
#pragma once

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <atomic>
#include <cstring>

namespace whinchat::store {

// Counts calls down and says which one fails. Any thread.
class Countdown {
 public:
  void arm(int calls, bool from_then_on) {
    stays_.store(from_then_on);
    hit_.store(false);
    left_.store(calls);
  }
  // Disarms. True: a call has failed.
  bool end() {
    left_.store(0);
    return hit_.exchange(false);
  }
  bool fails() {
    const int left = left_.load();
    if (left == 0) return false;
    if (left < 0) return true;
    if (left_.fetch_sub(1) != 1) return false;
    if (stays_.load()) left_.store(-1);
    hit_.store(true);
    return true;
  }

 private:
  std::atomic<int> left_{0};  // 0: disarmed; -1: all fail
  std::atomic<bool> stays_{false};
  std::atomic<bool> hit_{false};
};

enum class DiskCall { kOpen, kRead, kWrite, kSync, kTruncate, kShared };

class FailingDisk {
 public:
  FailingDisk() {
    state().real = sqlite3_vfs_find(nullptr);
    vfs_ = *state().real;
    vfs_.zName = "failing";
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + state().real->szOsFile;
    vfs_.xOpen = open;
    REQUIRE(sqlite3_vfs_register(&vfs_, 1) == SQLITE_OK);
  }
  ~FailingDisk() {
    state().countdown.end();
    sqlite3_vfs_register(state().real, 1);
    sqlite3_vfs_unregister(&vfs_);
  }
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;

  // code: what SQLite is told, SQLITE_IOERR_... or SQLITE_FULL.
  void arm(DiskCall call, int code, int calls, bool from_then_on) {
    state().call = call;
    state().code = code;
    state().countdown.arm(calls, from_then_on);
  }
  bool end() { return state().countdown.end(); }

 private:
  struct State {
    sqlite3_vfs* real = nullptr;
    std::atomic<DiskCall> call{DiskCall::kWrite};
    std::atomic<int> code{0};
    Countdown countdown;
  };
  struct File {
    sqlite3_file base;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };
  static State& state() {
    static State the;
    return the;
  }
  static sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }
  static int or_fail(DiskCall call) { return state().call == call && state().countdown.fails() ? state().code.load() : SQLITE_OK; }

  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    file->pMethods = nullptr;
    if (or_fail(DiskCall::kOpen) != SQLITE_OK) return SQLITE_CANTOPEN;
    const int code = state().real->xOpen(state().real, name, real(file), flags, out);
    if (code == SQLITE_OK) file->pMethods = &methods();
    return code;
  }
#define FAILING_CALL(name, call, types, ...)                 \
  static int name types {                                    \
    if (const int code = or_fail(call)) return code;         \
    return real(f)->pMethods->__VA_ARGS__;                   \
  }
#define PASSED_ON(name, types, ...) \
  static int name types { return real(f)->pMethods->__VA_ARGS__; }
  FAILING_CALL(read, DiskCall::kRead, (sqlite3_file * f, void* to, int n, sqlite3_int64 at), xRead(real(f), to, n, at))
  FAILING_CALL(write, DiskCall::kWrite, (sqlite3_file * f, const void* from, int n, sqlite3_int64 at), xWrite(real(f), from, n, at))
  FAILING_CALL(sync, DiskCall::kSync, (sqlite3_file * f, int flags), xSync(real(f), flags))
  FAILING_CALL(truncate, DiskCall::kTruncate, (sqlite3_file * f, sqlite3_int64 n), xTruncate(real(f), n))
  FAILING_CALL(shm_map, DiskCall::kShared, (sqlite3_file * f, int page, int size, int extend, void volatile** out), xShmMap(real(f), page, size, extend, out))
  PASSED_ON(close, (sqlite3_file * f), xClose(real(f)))
  PASSED_ON(file_size, (sqlite3_file * f, sqlite3_int64* n), xFileSize(real(f), n))
  PASSED_ON(lock, (sqlite3_file * f, int kind), xLock(real(f), kind))
  PASSED_ON(unlock, (sqlite3_file * f, int kind), xUnlock(real(f), kind))
  PASSED_ON(check_lock, (sqlite3_file * f, int* out), xCheckReservedLock(real(f), out))
  PASSED_ON(control, (sqlite3_file * f, int what, void* with), xFileControl(real(f), what, with))
  PASSED_ON(sector, (sqlite3_file * f), xSectorSize(real(f)))
  PASSED_ON(characteristics, (sqlite3_file * f), xDeviceCharacteristics(real(f)))
  PASSED_ON(shm_lock, (sqlite3_file * f, int at, int n, int flags), xShmLock(real(f), at, n, flags))
  PASSED_ON(shm_unmap, (sqlite3_file * f, int remove), xShmUnmap(real(f), remove))
#undef FAILING_CALL
#undef PASSED_ON
  static void shm_barrier(sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); }
  static const sqlite3_io_methods& methods() {
    static const sqlite3_io_methods the = {2,       close,   read,   write,           truncate, sync,     file_size,   lock,     unlock, check_lock,
                                           control, sector,  characteristics, shm_map, shm_lock, shm_barrier, shm_unmap, nullptr, nullptr};
    return the;
  }

  sqlite3_vfs vfs_{};
};

class FailingMemory {
 public:
  FailingMemory() {
    sqlite3_shutdown();
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &state().real);
    sqlite3_mem_methods mine = state().real;
    mine.xMalloc = [](int bytes) -> void* { return state().countdown.fails() ? nullptr : state().real.xMalloc(bytes); };
    mine.xRealloc = [](void* old, int bytes) -> void* { return state().countdown.fails() ? nullptr : state().real.xRealloc(old, bytes); };
    REQUIRE(sqlite3_config(SQLITE_CONFIG_MALLOC, &mine) == SQLITE_OK);
    REQUIRE(sqlite3_initialize() == SQLITE_OK);
  }
  ~FailingMemory() {
    end();
    sqlite3_shutdown();
    sqlite3_config(SQLITE_CONFIG_MALLOC, &state().real);
    sqlite3_initialize();
  }
  FailingMemory(const FailingMemory&) = delete;
  FailingMemory& operator=(const FailingMemory&) = delete;

  void arm(int calls, bool from_then_on) { state().countdown.arm(calls, from_then_on); }
  bool end() { return state().countdown.end(); }

 private:
  struct State {
    sqlite3_mem_methods real{};
    Countdown countdown;
  };
  static State& state() {
    static State the;
    return the;
  }
};

}  // namespace whinchat::store
