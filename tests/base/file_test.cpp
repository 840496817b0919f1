#include "base/file.h"

#include <doctest/doctest.h>

#include "temporary_folder.h"

using namespace whinchat;
namespace fs = std::filesystem;

TEST_CASE("a file is read whole, up to its limit") {
  const TemporaryFolder folder;
  const std::string content = std::string("a\0b\n", 4) + std::string(40'000, 'x');
  const std::string path = folder.write("f", content);
  CHECK(read_file(path, content.size()).value() == content);
  CHECK(read_file(path, content.size() - 1).error().code == ErrorCode::kTooLarge);
  CHECK(read_file(folder.write("empty", ""), 10).value().empty());
}

TEST_CASE("what is no file is an error that names it") {
  const TemporaryFolder folder;
  const auto missing = read_file(folder / "none", 10);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().code == ErrorCode::kNotFound);
  CHECK(missing.error().message == "cannot read " + (folder / "none") + ": No such file or directory");
  CHECK(read_file(folder.path(), 10).error().message.find("not a regular file") != std::string::npos);
  CHECK_FALSE(read_file("/dev/zero", 10).ok());
}

TEST_CASE("writing replaces the whole file, private, and leaves nothing beside it") {
  const TemporaryFolder folder;
  const std::string path = folder.write("f", "old and longer", 0644);
  REQUIRE(write_file_atomically(path, "new").ok());
  CHECK(folder.read("f") == "new");
  CHECK((fs::status(path).permissions() & fs::perms::mask) == static_cast<fs::perms>(0600));
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
  CHECK_FALSE(write_file_atomically(folder / "no/such/folder", "x").ok());
}

TEST_CASE("a write that cannot finish leaves the old file and no litter") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "taken");
  folder.write("taken/inside", "x");
  CHECK_FALSE(write_file_atomically(folder / "taken", "x").ok());  // a folder is in the way
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a file of secrets must be readable by its owner alone") {
  const TemporaryFolder folder;
  CHECK(check_private(folder.write("a", "x", 0600)).ok());
  CHECK(check_private(folder.write("b", "x", 0400)).ok());
  for (const int mode : {0640, 0604, 0620, 0644, 0666, 0601}) {
    CAPTURE(mode);
    const std::string path = folder.write("c", "x", mode);
    const auto checked = check_private(path);
    REQUIRE_FALSE(checked.ok());
    CHECK(checked.error().message.ends_with("Run: chmod 600 " + path));
  }
}

TEST_CASE("folders are made one by one, private") {
  const TemporaryFolder folder;
  REQUIRE(make_private_folder(folder / "a/b/c").ok());
  CHECK(folder_exists(folder / "a/b/c"));
  CHECK((fs::status(folder / "a").permissions() & fs::perms::mask) == static_cast<fs::perms>(0700));
  CHECK(make_private_folder(folder / "a/b/c").ok());
  CHECK(make_private_folder(folder / "a/b/c/").ok());
  folder.write("file", "x");
  CHECK_FALSE(make_private_folder(folder / "file").ok());
  CHECK_FALSE(make_private_folder(folder / "file/below").ok());
  CHECK(file_exists(folder / "file"));
  CHECK_FALSE(folder_exists(folder / "file"));
}

TEST_CASE("a path is quoted for the shell when it needs it") {
  CHECK(shell_word("/srv/chat/.env") == "/srv/chat/.env");
  CHECK(shell_word("my folder/.env") == "'my folder/.env'");
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(shell_word("$(rm)") == "'$(rm)'");
  CHECK(shell_word("") == "''");
}
