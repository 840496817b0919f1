#include "io/signals.h"

#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "io/loop_impl.h"

namespace whinchat::io {

struct Signals::Impl {
  boost::asio::signal_set stop_set;
  boost::asio::signal_set reload_set;
  std::function<void(int)> on_stop;
  std::function<void()> on_reload;
  int stops = 0;

  explicit Impl(Loop& loop) : stop_set(loop.impl().context), reload_set(loop.impl().context) {}

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

Signals::~Signals() = default;

}  // namespace whinchat::io
