#include "io/signals.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>

#ifdef BOOST_ASIO_HAS_POSIX_STREAM_DESCRIPTOR
#include <unistd.h>
#endif

#include "io/loop_impl.h"

namespace whinchat::io {

struct Signals::Impl {
  boost::asio::signal_set stop_set;
  boost::asio::signal_set reload_set;
  std::function<void(int)> on_stop;
  std::function<void()> on_reload;
#ifdef BOOST_ASIO_HAS_POSIX_STREAM_DESCRIPTOR
  boost::asio::posix::stream_descriptor input;
  std::array<char, 512> thrown_away{};
#endif
  int stops = 0;

  explicit Impl(Loop& loop) : stop_set(loop.impl().context), reload_set(loop.impl().context)
#ifdef BOOST_ASIO_HAS_POSIX_STREAM_DESCRIPTOR
      , input(loop.impl().context)
#endif
  {}

  void wait_stop() {
    stop_set.async_wait([this](boost::system::error_code error, int) {
      if (error) return;
      on_stop(++stops);
      wait_stop();
    });
  }
  void wait_reload() {
    reload_set.async_wait([this](boost::system::error_code error, int) {
      if (error) return;
      on_reload();
      wait_reload();
    });
  }
#ifdef BOOST_ASIO_HAS_POSIX_STREAM_DESCRIPTOR
  void wait_input() {
    input.async_read_some(boost::asio::buffer(thrown_away), [this](boost::system::error_code error, size_t) {
      if (error == boost::asio::error::operation_aborted) return;
      if (error) return on_stop(++stops);
      wait_input();
    });
  }
#endif
};

Signals::Signals(Loop& loop, std::function<void(int)> on_stop, std::function<void()> on_reload)
    : impl_(std::make_unique<Impl>(loop)) {
  impl_->on_stop = std::move(on_stop);
  impl_->on_reload = std::move(on_reload);
  impl_->stop_set.add(SIGTERM);
  impl_->stop_set.add(SIGINT);
#ifdef SIGHUP
  impl_->reload_set.add(SIGHUP);
#endif
  impl_->wait_stop();
  impl_->wait_reload();
}

void Signals::stop_with_stdin() {
#ifdef BOOST_ASIO_HAS_POSIX_STREAM_DESCRIPTOR
  boost::system::error_code error;
  impl_->input.assign(::dup(STDIN_FILENO), error);
  if (!error) impl_->wait_input();
#endif
}

Signals::~Signals() = default;

}  // namespace whinchat::io
