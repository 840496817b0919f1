#include "http/exchange.h"

#include <algorithm>
#include <charconv>

#include "base/limits.h"

namespace whinchat::http {

namespace {

io::TimePoint body_deadline(uint64_t length, std::chrono::seconds most) {
  const auto transfer = std::chrono::seconds(length / limits::kBodyBytesPerSecondMin);
  return io::Clock::now() + std::min<std::chrono::seconds>(limits::kBodyDeadlineBase + transfer, most);
}

// A known remainder that is cheaper to read and forget than to lose the connection over.
constexpr int kWaitsBeforeTrim = 6;  // connect, send, reply head, first pieces

constexpr uint64_t kDrainBytesMax = 64 * 1024;

// A send is cut into parts of this size, each with a deadline of its own: a slow reader of a large file makes progress.
constexpr size_t kSendPartBytes = 64 * 1024;

}  // namespace

Exchange::Exchange(Connection& connection, RequestHead head, Request request, Dispatch dispatch)
    : connection_(connection),
      head_(std::move(head)),
      request_(std::move(request)),
      dispatch_(std::move(dispatch)),
      length_left_(head_.framing == Framing::kLength ? head_.content_length : 0),
      chunks_(std::max(dispatch_.body_bytes_max, limits::kOtherBodyBytes)),
      body_deadline_(body_deadline(head_.content_length, dispatch_.body_deadline_max)),
      last_write_(io::Clock::now()),
      began_(last_write_) {
  // cpp-httplib gets a fixed target and the framing; everything else of the head was judged and kept by us.
  replay_ = head_.method + " /request HTTP/1.1\r\nHost: localhost\r\n";
  if (head_.framing == Framing::kLength) replay_ += "Content-Length: " + std::to_string(head_.content_length) + "\r\n";
  if (head_.framing == Framing::kChunked) replay_ += "Transfer-Encoding: chunked\r\n";
  if (head_.expect_continue) replay_ += "Expect: 100-continue\r\n";
  replay_ += "\r\n";
  head_.headers.clear();
  if (takes_body() && !dispatch_.instead && head_.content_length > dispatch_.body_bytes_max) body_failure_ = 413;
  io::this_fiber::set_output(this);
}

Exchange::~Exchange() {
  if (watching_) connection_.unwatch();
  io::this_fiber::set_output(nullptr);
}

const std::string& Exchange::peer_ip() const { return connection_.peer_ip(); }

bool Exchange::takes_body() const {
  return has_body() && head_.method != "GET" && head_.method != "HEAD" && head_.method != "OPTIONS";
}

bool Exchange::body_readable() const { return takes_body() && !answered_without_body() && !refused(); }

bool Exchange::keep_alive() const {
  if (!head_.keep_alive || response_.close || close_after_ || gone_ || body_failure_ != 0 || !connection_.may_keep_alive()) return false;
  if (head_.framing == Framing::kChunked) return chunks_.done();
  return length_left_ <= kDrainBytesMax;
}

void Exchange::make_response() {
  responding_ = true;
  if (dispatch_.instead) {
    response_ = std::move(*dispatch_.instead);
  } else {
    try {
      response_ = dispatch_.handle(request_);
    } catch (const std::exception& e) {  // the wall between handlers and the server
      response_ = connection_.server().options.on_throw(request_, e.what());
    } catch (...) {
      response_ = connection_.server().options.on_throw(request_, "unknown exception");
    }
  }
  connection_.server().options.decorate(request_, response_);
}

void Exchange::refuse_body() {
  responding_ = true;
  if (body_failure_ == 0) body_failure_ = 400;
  const char* reason = body_failure_ == 413   ? "The request is too large."
                       : body_failure_ == 408 ? "The request's body did not arrive in time."
                                              : "The request's body is malformed.";
  response_ = connection_.server().options.refuse(body_failure_, reason);
  response_.close = true;
}

// Not inside cpp-httplib's call, whose frames and copies would cost every stream 7 KB for as long as it lasts.
bool Exchange::run_stream() {
  if (head_.method == "HEAD") return true;
  Headers().swap(response_.headers);
  Headers().swap(request_.headers);
  std::string().swap(request_.body);
  std::string().swap(replay_);
  streaming_ = true;
  io::this_fiber::trim_stack();
  try {
    response_.stream(*this);
  } catch (const std::exception& e) {  // the wall between handlers and the server
    return cut_stream(e.what());
  } catch (...) {
    return cut_stream("unknown exception");
  }
  close_writer();
  constexpr std::string_view kLastChunk = "0\r\n\r\n";
  return old_client() || write(kLastChunk.data(), kLastChunk.size()) > 0;
}

bool Exchange::cut_stream(const char* what) {
  close_writer();
  connection_.server().options.on_throw(request_, what);  // its answer comes too late
  return false;
}

bool Exchange::finish() {
  const bool sent = send_out({});
  if (watching_) {
    connection_.unwatch();
    watching_ = false;
  }
  const double duration_ms = std::chrono::duration<double, std::milli>(io::Clock::now() - began_).count();
  connection_.server().options.on_done(request_, response_.status, duration_ms, bytes_sent_);
  return sent && keep_alive() && length_left_ == 0;
}

// --- httplib::Stream -------------------------------------------------------------------------------------------------

ssize_t Exchange::read(char* data, size_t size) {
  if (replayed_ < replay_.size()) {
    const size_t n = std::min(size, replay_.size() - replayed_);
    replay_.copy(data, n, replayed_);
    replayed_ += n;
    return static_cast<ssize_t>(n);
  }
  return read_body(data, size);
}

ssize_t Exchange::read_body(char* data, size_t size) {
  if (head_.framing == Framing::kNone || body_failure_ != 0 || gone_) return -1;
  if (responding_ && !keep_alive()) return -1;  // the connection ends: nothing of the rest is worth reading
  if (head_.framing == Framing::kLength && length_left_ == 0) return 0;
  std::string& input = connection_.input();
  if (input.empty()) {
    if (watching_) connection_.unwatch();
    watching_ = false;
    reading_ = true;
    const auto got = connection_.read_more(body_deadline_);
    reading_ = false;
    if (!got.ok()) {
      body_failure_ = got.status == io::IoStatus::kTimeout ? 408 : 400;
      return -1;
    }
  }
  size_t n = std::min(size, input.size());
  if (head_.framing == Framing::kLength) {
    n = static_cast<size_t>(std::min<uint64_t>(n, length_left_));
    length_left_ -= n;
  } else {
    size_t used = 0;
    const auto verdict = chunks_.feed(std::string_view(input).substr(0, n), used);
    if (verdict == ChunkGuard::Verdict::kMalformed || verdict == ChunkGuard::Verdict::kTooLarge) {
      body_failure_ = verdict == ChunkGuard::Verdict::kTooLarge ? 413 : 400;
      return -1;
    }
    n = used;
  }
  input.copy(data, n);
  input.erase(0, n);
  return static_cast<ssize_t>(n);
}

ssize_t Exchange::write(const char* data, size_t size) {
  if (gone_) return -1;
  if (out_.size() + size > limits::kCorkBytes) {
    if (!send_out({data, size})) return -1;
  } else {
    out_.append(data, size);
  }
  return static_cast<ssize_t>(size);
}

void Exchange::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip = connection_.peer_ip();
  port = connection_.peer_port();
}

void Exchange::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

bool Exchange::send_out(std::string_view more) {
  if (gone_) return false;
  if (out_.empty() && more.empty()) return true;
  const std::string gathered = std::exchange(out_, {});
  std::string_view first = gathered;
  sending_ = true;
  do {
    const std::string_view part = more.substr(0, kSendPartBytes);
    more.remove_prefix(part.size());
    const auto sent = connection_.stream().write_all(first, part, io::Clock::now() + limits::kWriteStall);
    bytes_sent_ += sent.bytes;
    if (!sent.ok()) lose_reader();
    first = {};
  } while (!more.empty() && !gone_);
  sending_ = false;
  return !gone_;
}

void Exchange::lose_reader() {
  gone_ = true;
  io::this_fiber::self().cancel(io::CancelReason::kReaderGone);
}

// --- BodyWriter ------------------------------------------------------------------------------------------------------

bool Exchange::write(std::string_view bytes) {
  if (gone_ || !streaming_) return false;
  last_write_ = io::Clock::now();
  if (bytes.empty()) return true;  // an empty chunk would end the body
  if (old_client()) return write(bytes.data(), bytes.size()) > 0;
  char size[20];
  char* end = std::to_chars(size, size + 16, bytes.size(), 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return write(size, static_cast<size_t>(end - size)) > 0 && write(bytes.data(), bytes.size()) > 0 && write("\r\n", 2) > 0;
}

bool Exchange::flush() { return send_out({}); }

void Exchange::close_writer() {
  streaming_ = false;
  heartbeat_every_ = {};
}

void Exchange::set_heartbeat(std::chrono::milliseconds silence, std::string_view bytes) {
  heartbeat_every_ = silence;
  heartbeat_ = bytes;
}

// --- io::FiberOutput -------------------------------------------------------------------------------------------------

void Exchange::flush_before_wait() {
  // Parsing, routing and connecting went deeper than streaming does: after some waits their stack is given back.
  if (streaming_ && ++waits_ == kWaitsBeforeTrim) io::this_fiber::trim_stack();
  send_out({});
  if (responding_ && !watching_ && !reading_ && !gone_) {
    watching_ = true;
    connection_.watch();
  }
}

io::TimePoint Exchange::next_tick() const {
  return heartbeat_every_.count() > 0 && !sending_ && !reading_ ? last_write_ + heartbeat_every_ : io::kNoDeadline;
}

void Exchange::tick() {
  if (connection_.poll_gone()) return lose_reader();
  if (write(heartbeat_)) flush();
}

}  // namespace whinchat::http
