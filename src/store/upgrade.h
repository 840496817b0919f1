// Brings a database that is there to this program's version, with a way back. Internal to store/.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/log.h"
#include "store/connection.h"
#include "store/migrate.h"

namespace whinchat::store {

// A new database, complete before it gets its name, but not flushed: nothing may be written to it before flush_created().
Result<void> create_database(const std::string& path, std::span<const Migration> known);

Result<void> flush_created(const std::string& path);

// Takes the writer's connection and gives it back. Before the first step a copy goes into `backups`; when a step fails the
// database is as it was before all of them, and the error says so.
Result<std::unique_ptr<Connection>> upgrade(std::unique_ptr<Connection> writer, const std::string& path, const std::string& backups,
                                            std::span<const Migration> known, Log& log);

}  // namespace whinchat::store
