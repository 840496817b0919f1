#include "store/data_folder.h"

#include <sys/stat.h>

#include <filesystem>

#include "test_database.h"

using namespace whinchat;
using namespace whinchat::store;

namespace {

int mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777;
}

Result<std::unique_ptr<Database>> open_again(TestDatabase& db, const std::string& folder = "data", const std::string& path = "") {
  DatabaseOptions options;
  options.folder = db.folder() / folder;
  options.path = path;
  return Database::open(options, db.log());
}

}  // namespace

TEST_CASE("the folder and everything in it are for the owner alone, whatever the umask") {
  TestDatabase db;
  REQUIRE(db->write([](Connection& c) { return run(c, "INSERT INTO plan (id, name) VALUES ('a', 'b')"); }).ok());
  CHECK(mode_of(db.folder() / "data") == 0700);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(db.folder() / "data")) {
    CAPTURE(entry.path().string());
    CHECK(mode_of(entry.path()) == 0600);
    ++files;
  }
  CHECK(files >= 3);  // database, log, lock
}

TEST_CASE("a second instance on the same data is refused, and may start when the first is gone") {
  TestDatabase db;
  auto second = open_again(db);
  REQUIRE(!second.ok());
  CHECK(second.error().code == ErrorCode::kConflict);
  CHECK(second.error().message.find("Another Whinchat is using") != std::string::npos);
  db.close();
  CHECK(open_again(db).ok());
}

TEST_CASE("another folder with the same database file is refused, too") {
  TestDatabase db;
  const std::string file = db.folder() / "elsewhere.db";
  auto first = open_again(db, "one", file);
  REQUIRE(first.ok());
  auto second = open_again(db, "two", file);
  REQUIRE(!second.ok());
  CHECK(second.error().message.find("Another Whinchat") != std::string::npos);
}

TEST_CASE("a database that others can read is refused with the line to type") {
  TestDatabase db;
  const std::string file = db->path();
  db.close();
  std::filesystem::permissions(file, static_cast<std::filesystem::perms>(0644));
  auto refused = open_again(db);
  REQUIRE(!refused.ok());
  CHECK(refused.error().message.find("chmod 600 " + file) != std::string::npos);
}

TEST_CASE("network file systems have names, local ones do not") {
  CHECK(network_file_system(0x6969) == "NFS");
  CHECK(network_file_system(static_cast<int32_t>(0xff534d42)) == "CIFS");
  CHECK(network_file_system(0xfe534d42) == "SMB");
  CHECK(network_file_system(0x517b) == "SMB");
  CHECK(network_file_system(0x65735546) == "FUSE");
  for (const int64_t local : {0xef53, 0x01021994, 0x58465342, 0x2fc12fc1, 0x794c7630}) CHECK(network_file_system(local).empty());  // ext4 tmpfs xfs zfs overlay
  CHECK(network_file_system(static_cast<int32_t>(0x9123683e)).empty());  // btrfs
}

TEST_CASE("the ballast is made once and can be given up") {
  const TemporaryFolder folder;
  auto opened = DataFolder::open(folder / "data", folder / "data/x.db");
  REQUIRE(opened.ok());
  (*opened)->keep_ballast();
  CHECK(std::filesystem::file_size(folder / "data/ballast") >= 256 * 1024);
  CHECK((*opened)->drop_ballast());
  CHECK(!(*opened)->drop_ballast());
}
