#include "store/changes.h"

#include <atomic>
#include <future>

#include "base/limits.h"
#include "io/loop.h"
#include "memory_store.h"

using namespace whinchat;
using namespace whinchat::store;

TEST_CASE("changes since a revision are the conversations changed after it, deleted ones too") {
  MemoryStore store;
  Connection& c = *store.connection;
  const Conversation a = store.add_conversation(store.anna, "a");
  const Conversation b = store.add_conversation(store.anna, "b");
  store.add_conversation(store.bert, "other");
  const int64_t since = revision_of(c, store.anna).value();
  CHECK(changes_since(c, store.anna, since).value().conversations.empty());
  REQUIRE(update_conversation(c, store.anna, a.id, {.title = "aa"}, kT0).ok());
  REQUIRE(delete_conversation(c, store.anna, b.id, kT0).ok());
  const Changes changes = changes_since(c, store.anna, since).value();
  CHECK_FALSE(changes.reset);
  CHECK(changes.revision == since + 2);
  REQUIRE(changes.conversations.size() == 2);
  CHECK(changes.conversations[0].title == "aa");
  CHECK(changes.conversations[1].deleted_ms == kT0);
  CHECK(changes_since(c, store.anna, since + 1).value().conversations.size() == 1);
}

TEST_CASE("a reset is told when what has changed is gone, is too much, or was never known here") {
  MemoryStore store;
  Connection& c = *store.connection;
  const Conversation gone = store.add_conversation(store.anna, "gone");
  REQUIRE(delete_conversation(c, store.anna, gone.id, kT0).ok());
  const int64_t since = revision_of(c, store.anna).value();
  REQUIRE(purge_deleted(c, kT0 + 1, 1).ok());
  CHECK(changes_since(c, store.anna, since).value().reset);
  CHECK_FALSE(changes_since(c, store.anna, since + 1).value().reset);
  CHECK(changes_since(c, store.anna, since + 2).value().reset);
  for (int i = 0; i <= limits::kChangesMax; ++i) store.add_conversation(store.anna);
  CHECK(changes_since(c, store.anna, since + 1).value().reset);
  CHECK(changes_since(c, store.anna, since + 2).value().conversations.size() == limits::kChangesMax);
}

TEST_CASE("a listener is told of its user's changes alone, also when they came before it waited") {
  ChangeHub hub;
  io::LoopGroup loops(1);
  std::promise<std::pair<io::Wake, io::Wake>> done;
  io::spawn(loops.at(0), [&] {
    auto listener = hub.listen("anna").value();
    hub.notify({"bert", "anna"});
    const io::Wake first = listener->wait(io::Clock::now() + std::chrono::seconds(20));
    hub.notify({"bert"});
    const io::Wake second = listener->wait(io::Clock::now() + std::chrono::milliseconds(20));
    listener = {};  // before the test looks
    done.set_value({first, second});
  });
  auto future = done.get_future();
  REQUIRE(future.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  const auto [first, second] = future.get();
  CHECK(first == io::Wake::kReady);
  CHECK(second == io::Wake::kTimeout);
  CHECK(hub.size() == 0);
}

TEST_CASE("a user's listeners are bounded, and leaving makes room") {
  ChangeHub hub;
  std::vector<std::unique_ptr<ChangeHub::Listener>> all;
  for (size_t i = 0; i < limits::kListenersPerUser; ++i) all.push_back(hub.listen("anna").value());
  CHECK(hub.listen("anna").error().code == ErrorCode::kTooManyStreams);
  CHECK(hub.listen("bert").ok());
  all.pop_back();
  CHECK(hub.listen("anna").ok());
}
