#include <sys/resource.h>

#include <atomic>

#include "io/listener.h"
#include "io/on_fiber.h"
#include "io/raw_socket.h"
#include "io/stream.h"

using namespace whinchat;
using namespace whinchat::io;
using namespace whinchat::io::test;

namespace {

// A stream of the loop's and a raw socket at its other end. Each test body runs on the stream's fiber; scripts for the
// other side run on a thread of their own where both must act.
struct Pair {
  RawListener listener;
  std::unique_ptr<Stream> stream;
  RawSocket other;

  Pair() {
    auto connected = connect_tcp({{"127.0.0.1", listener.port()}}, Clock::now() + 5s);
    CHECK(connected.ok());
    stream = std::move(connected).value();
    other = listener.accept();
  }
};

IoResult read_all_of(Stream& stream, std::string& out, size_t size) {
  char bytes[8192];
  while (out.size() < size) {
    const auto got = stream.read_some(bytes, sizeof bytes, Clock::now() + 5s);
    if (!got.ok()) return got;
    out.append(bytes, got.bytes);
  }
  return {};
}

}  // namespace

TEST_CASE("bytes go both ways") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    Pair pair;
    CHECK(pair.stream->is_open());
    CHECK_FALSE(pair.stream->secure());
    CHECK(pair.stream->write_all("hello ", "world", Clock::now() + 1s).bytes == 11);
    CHECK(pair.other.read_exactly(11) == "hello world");
    char bytes[16];
    CHECK(pair.stream->try_read(bytes, sizeof bytes).ok());
    CHECK(pair.stream->try_read(bytes, sizeof bytes).bytes == 0);
    pair.other.send("answer");
    const auto got = pair.stream->read_some(bytes, sizeof bytes, Clock::now() + 5s);
    CHECK(got.ok());
    CHECK(std::string(bytes, got.bytes) == "answer");
  });
}

TEST_CASE("a read waits for bytes that come later, again and again, short reads in between") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    Pair pair;
    std::thread sender([&] {
      for (int i = 0; i < 20; ++i) {
        std::this_thread::sleep_for(2ms);
        pair.other.send("tick");
      }
      pair.other.finish_writing();
    });
    std::string all;
    CHECK(read_all_of(*pair.stream, all, 80).ok());
    CHECK(all.size() == 80);
    char byte[1];
    CHECK(pair.stream->read_some(byte, 1, Clock::now() + 5s).status == IoStatus::kEof);
    sender.join();
  });
}

TEST_CASE("a read that gets nothing in time says so and can be repeated") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    Pair pair;
    char bytes[16];
    Stopwatch watch;
    CHECK(pair.stream->read_some(bytes, sizeof bytes, Clock::now() + 30ms).status == IoStatus::kTimeout);
    CHECK(watch.ms() >= 29);
    CHECK(pair.stream->wait_readable(Clock::now() + 10ms).status == IoStatus::kTimeout);
    pair.other.send("x");
    CHECK(pair.stream->wait_readable(Clock::now() + 5s).ok());
    CHECK(pair.stream->read_some(bytes, sizeof bytes, Clock::now() + 5s).bytes == 1);
    CHECK(pair.stream->read_some(bytes, sizeof bytes, Clock::now() + 10ms).status == IoStatus::kTimeout);
  });
}

TEST_CASE("an end and a reset are told apart, and writing to a lost peer is an error, not a signal") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    Pair polite;
    char bytes[16];
    polite.other.close();
    CHECK(polite.stream->read_some(bytes, sizeof bytes, Clock::now() + 5s).status == IoStatus::kEof);
    Pair hard;
    hard.other.reset();
    CHECK(hard.stream->read_some(bytes, sizeof bytes, Clock::now() + 5s).status == IoStatus::kError);
    CHECK(hard.stream->write_all("x", Clock::now() + 1s).status == IoStatus::kError);
  });
}

TEST_CASE("a write to a peer that does not read waits, times out, and goes on when the peer reads again") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    Pair pair;
    const std::string much(8 << 20, 'm');
    const auto stuck = pair.stream->write_all(much, Clock::now() + 50ms);
    CHECK(stuck.status == IoStatus::kTimeout);
    CHECK(stuck.bytes > 0);
    CHECK(stuck.bytes < much.size());
    std::atomic<size_t> received{0};
    std::thread reader([&] { received = pair.other.read_exactly(much.size(), 10000).size(); });
    CHECK(pair.stream->write_all(std::string_view(much).substr(stuck.bytes), Clock::now() + 20s).ok());
    reader.join();
    CHECK(received == much.size());
  });
}

TEST_CASE("cancelling ends a read and a write that wait, and a read of what is there still works") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [&] {
    Pair pair;
    FiberRef me = this_fiber::self();
    spawn(loops.at(0), [me] {
      this_fiber::sleep_for(10ms);
      me.cancel();
    });
    char bytes[16];
    CHECK(pair.stream->read_some(bytes, sizeof bytes, Clock::now() + 20s).status == IoStatus::kCancelled);
    CHECK(pair.stream->write_all(std::string(16 << 20, 'm'), Clock::now() + 20s).status == IoStatus::kCancelled);
    this_fiber::clear_cancel();
    pair.other.send("late");
    CHECK(pair.stream->read_some(bytes, sizeof bytes, Clock::now() + 5s).bytes == 4);
  });
}

TEST_CASE("a reader and a writer of one stream wait at the same time on two fibers") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [&] {
    Pair pair;
    const std::string much(4 << 20, 'w');
    std::atomic<bool> wrote{false};
    FiberRef writer = spawn(loops.at(0), [&] { wrote = pair.stream->write_all(much, Clock::now() + 20s).ok(); });
    std::thread peer([&] {
      pair.other.send("first");
      CHECK(pair.other.read_exactly(much.size(), 10000).size() == much.size());
      pair.other.send("second");
    });
    std::string all;
    CHECK(read_all_of(*pair.stream, all, 11).ok());
    CHECK(all == "firstsecond");
    while (!writer.finished()) this_fiber::sleep_for(1ms);
    CHECK(wrote);
    peer.join();
  });
}

TEST_CASE("closing a stream ends a wait on it with an error") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [&] {
    Pair pair;
    spawn(loops.at(0), [&] {
      this_fiber::sleep_for(10ms);
      pair.stream->close();
    });
    char byte[1];
    CHECK(pair.stream->read_some(byte, 1, Clock::now() + 10s).status == IoStatus::kError);
    CHECK_FALSE(pair.stream->is_open());
    CHECK(pair.stream->native_handle() == -1);
    CHECK(pair.stream->write_all("x", Clock::now() + 1s).status == IoStatus::kError);
    CHECK(pair.stream->wait_readable(Clock::now() + 1s).status == IoStatus::kError);
    pair.stream->shutdown();
    pair.stream->close();
  });
}

TEST_CASE("a watch calls once when there is something, can be replaced and taken back") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    Pair pair;
    int first = 0;
    int second = 0;
    pair.stream->watch_readable([&] { ++first; });
    pair.stream->watch_readable([&] { ++second; });
    this_fiber::sleep_for(5ms);
    CHECK(second == 0);
    pair.other.send("x");
    this_fiber::sleep_for(20ms * kSlow);
    CHECK(first == 0);
    CHECK(second == 1);
    pair.other.send("y");
    this_fiber::sleep_for(20ms * kSlow);
    CHECK(second == 1);
    pair.stream->watch_readable([&] { ++first; });  // bytes are there already
    this_fiber::sleep_for(20ms * kSlow);
    CHECK(first == 1);
    char bytes[8];
    CHECK(pair.stream->read_some(bytes, sizeof bytes, Clock::now() + 5s).bytes == 2);
    pair.stream->watch_readable([&] { ++first; });
    pair.stream->watch_readable(nullptr);
    pair.other.close();
    this_fiber::sleep_for(20ms * kSlow);
    CHECK(first == 1);
    pair.stream->watch_readable([&] { ++second; });  // an end counts as something
    this_fiber::sleep_for(20ms * kSlow);
    CHECK(second == 2);
  });
}

TEST_CASE("a stream may die while its reactor still waits for it") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    Pair pair;
    pair.stream->watch_readable([] { CHECK(false); });
    pair.stream.reset();
    pair.other.send("x");
    this_fiber::sleep_for(5ms);
  });
}

TEST_CASE("a port where nobody listens refuses at once") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    int port = 0;
    {
      RawListener listener;
      port = listener.port();
    }
    Stopwatch watch;
    const auto refused = connect_tcp({{"127.0.0.1", port}}, Clock::now() + 5s);
    CHECK_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::kProviderUnavailable);
    CHECK(refused.error().detail.find("refused") != std::string::npos);
    CHECK(watch.ms() < 1000);
    RawListener next;
    CHECK(connect_tcp({{"127.0.0.1", port}, {"127.0.0.1", next.port()}}, Clock::now() + 5s).ok());
    CHECK(connect_tcp({}, Clock::now() + 5s).error().code == ErrorCode::kProviderUnavailable);
    CHECK(connect_tcp({{"not an address", 80}}, Clock::now() + 5s).error().code == ErrorCode::kInvalidRequest);
  });
}

namespace {

// A listener whose queue is full: the kernel drops further connects, as a dead address does.
struct DeadPort {
  RawListener listener{0};
  RawSocket fillers[3];
  DeadPort() {
    for (auto& filler : fillers) {
      filler = RawSocket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(static_cast<uint16_t>(listener.port()));
      to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      ::connect(filler.handle(), reinterpret_cast<sockaddr*>(&to), sizeof to);
    }
    std::this_thread::sleep_for(5ms);
  }
};

}  // namespace

TEST_CASE("an address that does not answer costs its share of the time, then the next is tried") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [] {
    DeadPort dead;
    Stopwatch watch;
    CHECK(connect_tcp({{"127.0.0.1", dead.listener.port()}}, Clock::now() + 100ms).error().code == ErrorCode::kTimeout);
    CHECK(watch.ms() >= 99);
    RawListener alive;
    watch = Stopwatch();
    auto stream = connect_tcp({{"127.0.0.1", dead.listener.port()}, {"127.0.0.1", alive.port()}}, Clock::now() + 600ms);
    CHECK(stream.ok());
    CHECK(watch.ms() >= 240);
    CHECK(watch.ms() < 600);
  });
}

TEST_CASE("cancelling ends a connect") {
  LoopGroup loops(1);
  on_fiber(loops.at(0), [&] {
    DeadPort dead;
    FiberRef me = this_fiber::self();
    spawn(loops.at(0), [me] {
      this_fiber::sleep_for(10ms);
      me.cancel();
    });
    Stopwatch watch;
    CHECK(connect_tcp({{"127.0.0.1", dead.listener.port()}}, Clock::now() + 10s).error().code == ErrorCode::kCancelled);
    CHECK(watch.ms() < 1000);
  });
}
