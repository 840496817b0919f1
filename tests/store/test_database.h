// A real database in a folder of its own, for tests of whatever stores something.
//
//   TestDatabase db;
//   auto made = db->write([&](store::Connection& c) { return store::insert_user(c, ...); });
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "../base/temporary_folder.h"
#include "base/log.h"
#include "store/database.h"

namespace whinchat::store {

class TestDatabase {
 public:
  TestDatabase() : log_(open_log(folder_)), database_(open(folder_, *log_)) {}

  Database& operator*() { return *database_; }
  Database* operator->() { return database_.get(); }
  const TemporaryFolder& folder() const { return folder_; }
  Log& log() { return *log_; }
  std::string log_text() const { return folder_.read("store.log"); }

  // Closes it and opens it again, as a restart does.
  void reopen() {
    database_.reset();
    database_ = open(folder_, *log_);
  }

  // Closes it and leaves its files.
  void close() { database_.reset(); }

  static constexpr int kReaders = 2;  // threads that read

 private:
  static std::unique_ptr<Log> open_log(const TemporaryFolder& folder) {
    LogOptions options;
    options.file = folder / "store.log";
    options.console = false;
    return Log::open(options).value();
  }
  static std::unique_ptr<Database> open(const TemporaryFolder& folder, Log& log) {
    DatabaseOptions options;
    options.folder = folder / "data";
    options.readers = kReaders;
    auto opened = Database::open(options, log);
    if (!opened.ok()) FAIL(opened.error().message << " (" << opened.error().detail << ")");
    return std::move(opened).value();
  }

  TemporaryFolder folder_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Database> database_;
};

}  // namespace whinchat::store
