#include "io/listener.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <atomic>
#include <vector>

#include "io/on_fiber.h"
#include "io/raw_socket.h"

using namespace whinchat;
using namespace whinchat::io;
using namespace whinchat::io::test;

TEST_CASE("a listener tells its port and who connects, also over IPv6") {
  LoopGroup loops(1);
  auto listener = Listener::bind("127.0.0.1", 0);
  REQUIRE(listener.ok());
  CHECK(listener.value()->port() > 0);
  CHECK(listener.value()->address() == "127.0.0.1");
  std::atomic<int> accepted{0};
  std::string peer;
  int peer_port = 0;
  listener.value()->start(loops.at(0), [&](Accepted one) {
    peer = one.peer_ip;
    peer_port = one.peer_port;
    CHECK((::fcntl(one.socket, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(one.socket, F_GETFD) & FD_CLOEXEC) != 0);
    ::close(one.socket);
    ++accepted;
  });
  RawSocket client = RawSocket::connect(listener.value()->port());
  CHECK(eventually([&] { return accepted == 1; }));
  CHECK(peer == "127.0.0.1");
  sockaddr_in name{};
  socklen_t length = sizeof name;
  ::getsockname(client.handle(), reinterpret_cast<sockaddr*>(&name), &length);
  CHECK(peer_port == ntohs(name.sin_port));
  auto six = Listener::bind("::1", 0);
  if (six.ok()) CHECK(six.value()->port() > 0);  // not every machine has IPv6
}

TEST_CASE("a busy port, a foreign address and a name are refused with words that help") {
  auto first = Listener::bind("127.0.0.1", 0);
  REQUIRE(first.ok());
  auto second = Listener::bind("127.0.0.1", first.value()->port());
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == ErrorCode::kConfig);
  CHECK(second.error().message.find("Port " + std::to_string(first.value()->port()) + " is already in use") == 0);
  CHECK(Listener::bind("192.0.2.77", 0).error().message.find("This machine has no address 192.0.2.77") == 0);
  CHECK(Listener::bind("localhost", 0).error().message.find("HOST must be an IP address") == 0);
  CHECK(Listener::bind("", 0).error().code == ErrorCode::kConfig);
}

TEST_CASE("a port can be taken again at once after its server ended") {
  LoopGroup loops(1);
  int port = 0;
  {
    auto listener = Listener::bind("127.0.0.1", 0);
    REQUIRE(listener.ok());
    port = listener.value()->port();
    std::atomic<int> accepted{0};
    listener.value()->start(loops.at(0), [&](Accepted one) {
      ++accepted;
      ::close(one.socket);  // the server's side is left in TIME_WAIT
    });
    RawSocket client = RawSocket::connect(port);
    CHECK(client.ends_within(5000));
    CHECK(accepted == 1);
    listener.value()->stop();
    on_loop(loops.at(0), [] {});
  }
  CHECK(Listener::bind("127.0.0.1", port).ok());
}

TEST_CASE("after stop() connects are refused") {
  LoopGroup loops(1);
  auto listener = Listener::bind("127.0.0.1", 0);
  REQUIRE(listener.ok());
  const int port = listener.value()->port();
  listener.value()->start(loops.at(0), [](Accepted one) { ::close(one.socket); });
  CHECK(RawSocket::connect(port).is_open());
  listener.value()->stop();
  listener.value()->stop();
  CHECK(eventually([&] { return !RawSocket::connect(port).is_open(); }));
}

TEST_CASE("when descriptors run out connections are shed, nothing spins, and service returns") {
  LoopGroup loops(1);
  auto listener = Listener::bind("127.0.0.1", 0);
  REQUIRE(listener.ok());
  std::atomic<int> accepted{0};
  listener.value()->start(loops.at(0), [&](Accepted one) {
    ::close(one.socket);
    ++accepted;
  });
  std::vector<RawSocket> clients;
  for (int i = 0; i < 4; ++i) clients.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  std::vector<int> wasted;
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{static_cast<rlim_t>(clients.back().handle()) + 40, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);
  for (int fd; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) wasted.push_back(fd);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(listener.value()->port()));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  rusage used_before{};
  ::getrusage(RUSAGE_SELF, &used_before);
  for (auto& client : clients) CHECK(::connect(client.handle(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
  for (auto& client : clients) CHECK(client.ends_within(3000));  // taken and closed, one every 50 ms
  CHECK(accepted == 0);
  rusage used_after{};
  ::getrusage(RUSAGE_SELF, &used_after);
  const auto cpu_ms = [](const rusage& r) { return r.ru_utime.tv_sec * 1000 + r.ru_utime.tv_usec / 1000 + r.ru_stime.tv_sec * 1000 + r.ru_stime.tv_usec / 1000; };
  CHECK(cpu_ms(used_after) - cpu_ms(used_before) < 100 * kSlow);
  for (int fd : wasted) ::close(fd);
  ::setrlimit(RLIMIT_NOFILE, &before);
  Stopwatch watch;
  CHECK(eventually([&] { return RawSocket::connect(listener.value()->port()).is_open() && accepted > 0; }));
  CHECK(watch.ms() < 1000);
}

TEST_CASE("400 clients that connect at once are all taken without retries of the network") {
  LoopGroup loops(1);
  auto listener = Listener::bind("127.0.0.1", 0);
  REQUIRE(listener.ok());
  std::atomic<int> accepted{0};
  on_loop(loops.at(0), [&] {
    listener.value()->start(loops.at(0), [&](Accepted one) {
      ::close(one.socket);
      ++accepted;
    });
    std::this_thread::sleep_for(50ms);  // the loop is busy while they come
  });
  Stopwatch watch;
  std::vector<RawSocket> clients;
  for (int i = 0; i < 400; ++i) clients.push_back(RawSocket::connect(listener.value()->port()));
  CHECK(eventually([&] { return accepted == 400; }));
  CHECK(watch.ms() < 900);  // a dropped SYN is repeated after a second
}
