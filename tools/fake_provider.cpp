// A stand-in for OpenAI and Anthropic on the loopback address, for tests and benchmarks: both OpenAI dialects and
// Anthropic's, streamed and whole, with every fault a provider or the way to it can show. See kPlanHelp for the faults.
// Knows nothing of the product and shares no code with it.
#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "fake_provider_loop.h"

namespace {

using namespace whinchat::fake;

struct Options {
  int port = 0;
  int threads = 1;
  bool log = true;
  std::string certificate, key;
  Defaults defaults;
};

void help() {
  std::printf(
      "Usage: fake_provider [--port N] [--threads N] [--chunks N] [--delay-ms N] [--chunk-bytes N]\n"
      "                     [--default DIRECTIVES] [--no-log] [--tls CERT KEY]\n"
      "Listens on 127.0.0.1 and prints \"listening on PORT\".\n"
      "GET /__log: requests as JSON lines. GET /__stats: counters. POST /__reset: forget.\n"
      "POST /__default: directives for requests that carry none.\n\n%s",
      kPlanHelp);
}

[[noreturn]] void refuse(const std::string& why) {
  std::fprintf(stderr, "fake_provider: %s\n", why.c_str());
  std::exit(2);
}

Options parse(int argc, char** argv) {
  Options options;
  auto value = [&](int& i) -> const char* {
    if (i + 1 >= argc) refuse(std::string(argv[i]) + " needs a value");
    return argv[++i];
  };
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--port") options.port = std::atoi(value(i));
    else if (name == "--threads") options.threads = std::atoi(value(i));
    else if (name == "--chunks") options.defaults.chunks = std::atoll(value(i));
    else if (name == "--delay-ms") options.defaults.delay_ms = std::atoll(value(i));
    else if (name == "--chunk-bytes") options.defaults.chunk_bytes = std::atoll(value(i));
    else if (name == "--default") options.defaults.directive = value(i);
    else if (name == "--no-log") options.log = false;
    else if (name == "--tls") {
      options.certificate = value(i);
      options.key = value(i);
    } else if (name == "--help") {
      help();
      std::exit(0);
    } else {
      refuse("unknown option " + name);
    }
  }
  return options;
}

SSL_CTX* tls_context(const Options& options) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  static const unsigned char session_name[] = "fake";
  SSL_CTX_set_session_id_context(context, session_name, sizeof session_name - 1);
  if (SSL_CTX_use_certificate_chain_file(context, options.certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, options.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    refuse("cannot use the certificate " + options.certificate + " with the key " + options.key);
  }
  return context;
}

// Linux lets a process with threads wait for some 10 ms each time its table of files grows, which a benchmark would take for
// the time of whoever calls: room for many is made before there is a thread.
void make_room_for_files() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  const int highest = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, static_cast<int>(std::min<rlim_t>(files.rlim_cur, 32'768) - 1));
  if (highest >= 0) close(highest);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  make_room_for_files();
  Shared shared(options.log);
  shared.defaults = options.defaults;
  if (!options.certificate.empty()) shared.tls = tls_context(options);

  int port = options.port;
  std::vector<std::thread> threads;
  for (int i = 0; i < options.threads; ++i) {
    const int listener = listen_on(port, options.threads > 1);
    threads.emplace_back([&shared, listener] { Loop(shared, listener).run(); });
  }
  std::printf("listening on %d\n", port);
  std::fflush(stdout);
  for (std::thread& thread : threads) thread.join();
  return 0;
}
