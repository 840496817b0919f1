#include <string>
#include <thread>

#include "io/listener.h"
#include "io/notify.h"
#include "io/resolve.h"
#include "io/stream.h"
#include "on_fiber.h"

using namespace whinchat;
using namespace whinchat::io;
using namespace whinchat::io::test;

namespace {

// A listener whose connections are served by a function, each on its own fiber.
struct Service {
  Service(LoopGroup& loops, std::function<void(Stream&)> serve) {
    auto bound = Listener::bind("127.0.0.1", 0);
    REQUIRE(bound.ok());
    listener = std::move(bound).value();
    listener->start(loops.at(0), [&loops, serve](Accepted accepted) {
      spawn(loops.at(0), [serve, socket = accepted.socket] {
        auto stream = adopt_socket(socket);
        serve(*stream);
      });
    });
  }
  std::vector<Endpoint> endpoint() const { return {{"127.0.0.1", listener->port()}}; }
  std::unique_ptr<Listener> listener;
};

void echo(Stream& stream) {
  char bytes[4096];
  for (;;) {
    const auto got = stream.read_some(bytes, sizeof bytes, Clock::now() + 5s);
    if (!got.ok() || !stream.write_all({bytes, got.bytes}, Clock::now() + 5s).ok()) return;
  }
}

}  // namespace

TEST_CASE("what is written comes back, in order, also more than the socket's buffers hold") {
  LoopGroup loops(2);
  Service service(loops, echo);
  on_fiber(loops.at(1), [&] {
    auto stream = connect_tcp(service.endpoint(), Clock::now() + 5s);
    REQUIRE(stream.ok());
    CHECK(stream.value()->write_all("hello ", "world", Clock::now() + 5s).bytes == 11);
    std::string back;
    char bytes[64];
    while (back.size() < 11) back.append(bytes, stream.value()->read_some(bytes, sizeof bytes, Clock::now() + 5s).bytes);
    CHECK(back == "hello world");
  });
}

TEST_CASE("a reader that takes nothing makes the writer time out, not wait for ever") {
  LoopGroup loops(1);
  Service service(loops, [](Stream&) { this_fiber::sleep_for(500ms); });
  on_fiber(loops.at(0), [&] {
    auto stream = connect_tcp(service.endpoint(), Clock::now() + 5s);
    REQUIRE(stream.ok());
    const std::string much(32 << 20, 'x');
    const auto sent = stream.value()->write_all(much, Clock::now() + 100ms);
    CHECK(sent.status == IoStatus::kTimeout);
    CHECK(sent.bytes < much.size());
  });
}

TEST_CASE("silence, an end and a reset are told apart") {
  LoopGroup loops(1);
  Service silent(loops, [](Stream&) { this_fiber::sleep_for(300ms); });
  Service ending(loops, [](Stream& stream) { stream.shutdown(); this_fiber::sleep_for(100ms); });
  on_fiber(loops.at(0), [&] {
    char byte;
    auto first = connect_tcp(silent.endpoint(), Clock::now() + 5s);
    REQUIRE(first.ok());
    CHECK(first.value()->read_some(&byte, 1, Clock::now() + 20ms).status == IoStatus::kTimeout);
    CHECK(first.value()->try_read(&byte, 1).bytes == 0);
    auto second = connect_tcp(ending.endpoint(), Clock::now() + 5s);
    REQUIRE(second.ok());
    CHECK(second.value()->read_some(&byte, 1, Clock::now() + 2s).status == IoStatus::kEof);
    second.value()->close();
    CHECK(second.value()->read_some(&byte, 1, Clock::now() + 2s).status == IoStatus::kError);
  });
}

TEST_CASE("cancelling ends a read that waits") {
  LoopGroup loops(1);
  Service silent(loops, [](Stream&) { this_fiber::sleep_for(2s); });
  std::promise<IoStatus> seen;
  FiberRef reader = spawn(loops.at(0), [&] {
    auto stream = connect_tcp(silent.endpoint(), Clock::now() + 5s);
    char byte;
    seen.set_value(stream.value()->read_some(&byte, 1, kNoDeadline).status);
  });
  std::this_thread::sleep_for(50ms);
  reader.cancel();
  auto status = seen.get_future();
  REQUIRE(status.wait_for(2s) == std::future_status::ready);
  CHECK(status.get() == IoStatus::kCancelled);
}

TEST_CASE("watching tells of bytes and of the end without a fiber") {
  LoopGroup loops(1);
  Service service(loops, [](Stream& stream) {
    this_fiber::sleep_for(20ms);
    stream.write_all("x", Clock::now() + 1s);
    this_fiber::sleep_for(20ms);
  });
  on_fiber(loops.at(0), [&] {
    auto stream = connect_tcp(service.endpoint(), Clock::now() + 5s);
    REQUIRE(stream.ok());
    Notify readable;
    stream.value()->watch_readable([&] { readable.notify(); });
    CHECK(readable.wait(Clock::now() + 2s) == Wake::kReady);
    char byte = 0;
    CHECK(stream.value()->try_read(&byte, 1).bytes == 1);
    stream.value()->watch_readable([&] { readable.notify(); });
    CHECK(readable.wait(Clock::now() + 2s) == Wake::kReady);
    CHECK(stream.value()->try_read(&byte, 1).status == IoStatus::kEof);
  });
}

TEST_CASE("a refused address does not hide the next one, and nobody there is an error in words") {
  LoopGroup loops(1);
  Service service(loops, echo);
  on_fiber(loops.at(0), [&] {
    std::vector<Endpoint> both = {{"127.0.0.1", 1}, service.endpoint()[0]};
    CHECK(connect_tcp(both, Clock::now() + 2s).ok());
    const auto none = connect_tcp({{"127.0.0.1", 1}}, Clock::now() + 2s);
    REQUIRE_FALSE(none.ok());
    CHECK(none.error().code == ErrorCode::kProviderUnavailable);
  });
}

TEST_CASE("a port in use is refused in words that help") {
  auto first = Listener::bind("127.0.0.1", 0);
  REQUIRE(first.ok());
  const auto second = Listener::bind("127.0.0.1", first.value()->port());
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().message.find("already in use") != std::string::npos);
  CHECK_FALSE(Listener::bind("not-an-address", 0).ok());
}

TEST_CASE("literals and localhost need no look-up; names that cannot be are refused") {
  WorkerPool pool(1, 4);
  LoopGroup loops(1);
  on_fiber(loops.at(0), [&] {
    const auto deadline = Clock::now() + 3s;
    CHECK(resolve(pool, "192.0.2.7", 80, deadline).value()[0].ip == "192.0.2.7");
    CHECK(resolve(pool, "[::1]", 80, deadline).value()[0].ip == "::1");
    CHECK(resolve(pool, "localhost", 80, deadline).value()[0].ip == "127.0.0.1");
    CHECK(resolve(pool, "app.localhost", 80, deadline).value().size() == 2);
    CHECK_FALSE(resolve(pool, "no such name", 80, deadline).ok());
  });
}
