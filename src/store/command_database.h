// The database for a command that is over soon: as a server has it while none runs, else beside the running server, which
// goes on. Blocks; one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "store/database.h"

namespace whinchat::store {

class CommandDatabase {
 public:
  // Makes and migrates the database as a server does, unless a server of the same version has it open.
  static Result<CommandDatabase> open(const DatabaseOptions& options, Log& log);

  bool beside_server() const { return beside_ != nullptr; }

  // Runs a job in a transaction of its own; an error rolls it back.
  template <class F>
  auto write(F job) -> std::invoke_result_t<F&, Connection&> {
    if (own_) return own_->write(job);
    if (auto begun = begin(); !begun) return begun.error();
    auto done = job(*beside_);
    auto ended = end(done.ok());
    if (done.ok() && !ended) return ended.error();
    return done;
  }

 private:
  Result<void> begin();
  Result<void> end(bool keep);

  std::unique_ptr<Database> own_;
  std::unique_ptr<Connection> beside_;
};

}  // namespace whinchat::store
