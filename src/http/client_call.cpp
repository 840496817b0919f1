#include "http/client_call.h"

#include <httplib.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/limits.h"
#include "base/text.h"

namespace whinchat::http {

namespace {

constexpr size_t kReadBytes = 16 * 1024;
constexpr size_t kReplyHeadBytesMax = 32 * 1024;
constexpr size_t kStatusLineBytesMax = 200;  // cpp-httplib matches it with std::regex, which recurses per character
constexpr std::chrono::milliseconds kHurryTime{50};  // for the end of a reply whose rest nobody wants
constexpr size_t kHurryBytesMax = 16 * 1024;
constexpr size_t kFramingBytesMax = 4 << 20; // chunk sizes, extensions and trailers of a whole reply

// The upstream connection as cpp-httplib sees it: buffered reads under deadlines and bounds.
class UpstreamStream final : public httplib::Stream {
 public:
  UpstreamStream(io::Stream& stream, const CallSetup& setup, const ClientRequest& request, CallResult& result)
      : stream_(stream),
        timeouts_(request.timeouts),
        total_deadline_(setup.total_deadline),
        raw_bytes_max_(request.body_bytes_max + kReplyHeadBytesMax + kFramingBytesMax),
        head_deadline_(io::Clock::now() + request.timeouts.head),
        result_(result) {}

  void head_is_read(bool framed) {
    in_head_ = false;
    framed_ = framed;
  }
  bool write_failed() const { return write_failed_; }
  // The caller has all it wants: what is left of the reply gets a moment to end, so that the connection can be used again.
  void hurry() { hurry_until_ = std::min(hurry_until_, io::Clock::now() + kHurryTime); }

  ssize_t read(char* data, size_t size) override {
    if (begin_ == end_ && !(flush({}) && fill())) {
      const bool ends_body = !in_head_ && !framed_ && result_.failure == io::IoStatus::kEof;
      if (ends_body) result_.failure = io::IoStatus::kOk;
      return ends_body ? 0 : -1;
    }
    size_t n = std::min(size, end_ - begin_);
    if (in_head_ && !check_head(n)) return -1;
    std::copy_n(buffer_.get() + begin_, n, data);
    begin_ += n;
    return static_cast<ssize_t>(n);
  }
  ssize_t write(const char* data, size_t size) override {
    if (out_.size() + size > limits::kCorkBytes) return flush({data, size}) ? static_cast<ssize_t>(size) : -1;
    out_.append(data, size);
    return static_cast<ssize_t>(size);
  }
  bool is_readable() const override { return true; }
  bool wait_readable() const override { return true; }
  bool wait_writable() const override { return true; }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return stream_.native_handle(); }
  time_t duration() const override { return 0; }

  bool drained() const { return begin_ == end_; }

 private:
  // What was gathered leaves, with `more`, in one send: a request's head and a small body are one packet.
  bool flush(std::string_view more) {
    if (out_.empty() && more.empty()) return true;
    const std::string gathered = std::exchange(out_, {});
    if (write_failed_) return true;
    const auto sent = stream_.write_all(gathered, more, std::min(total_deadline_, head_deadline_));
    if (sent.ok()) return true;
    if (sent.status == io::IoStatus::kError) {
      // The other side may have answered before it read everything ("413"), so let cpp-httplib look for a reply.
      write_failed_ = true;
      return true;
    }
    result_.failure = sent.status;
    return false;
  }

  bool fill() {
    const auto deadline = in_head_ ? head_deadline_ : std::min(hurry_until_, io::Clock::now() + timeouts_.idle);
    const auto got = read_some(std::min(deadline, total_deadline_));
    if (!got.ok()) {
      result_.failure = got.status;
      return false;
    }
    result_.reply_began = true;
    raw_bytes_ += got.bytes;
    begin_ = 0;
    end_ = got.bytes;
    if (raw_bytes_ <= raw_bytes_max_) return true;
    result_.too_large = true;
    return false;
  }

  // There is a buffer only while there is something in it: thousands of streams wait most of their time.
  io::IoResult read_some(io::TimePoint deadline) {
    for (;;) {
      if (!stream_.likely_empty()) {
        if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(kReadBytes);
        const auto got = stream_.try_read(buffer_.get(), kReadBytes);
        if (!got.ok() || got.bytes > 0) return got;
      }
      buffer_.reset();
      const auto waited = stream_.wait_readable(deadline);
      if (!waited.ok()) return waited;
    }
  }

  // Before the head is read every byte passes here one by one (cpp-httplib reads lines bytewise).
  bool check_head(size_t bytes) {
    head_bytes_ += bytes;
    if (buffer_[begin_] != '\n') {
      if (buffer_[begin_] != '\r') line_bytes_ += bytes;
    } else {
      in_status_line_ = line_bytes_ == 0;  // after an empty line ("100 Continue") comes another status line
      line_bytes_ = 0;
    }
    if (head_bytes_ <= kReplyHeadBytesMax && (!in_status_line_ || line_bytes_ <= kStatusLineBytesMax)) return true;
    result_.not_http = true;
    return false;
  }

  io::Stream& stream_;
  const ClientTimeouts timeouts_;
  const io::TimePoint total_deadline_;
  const size_t raw_bytes_max_;
  const io::TimePoint head_deadline_;
  CallResult& result_;
  std::string out_;
  std::unique_ptr<char[]> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t raw_bytes_ = 0;
  size_t head_bytes_ = 0;
  io::TimePoint hurry_until_ = io::kNoDeadline;
  bool in_head_ = true;
  size_t line_bytes_ = 0;
  bool in_status_line_ = true;
  bool framed_ = true;         // the reply's end is told by its head, not by the connection's end
  bool write_failed_ = false;
};

void set_headers(const CallSetup& setup, const ClientRequest& request, httplib::Request& out) {
  out.headers.emplace("Host", setup.host_header);
  out.headers.emplace("Accept-Encoding", "identity");  // a compressed event stream may be held back in blocks
  out.headers.emplace("Connection", "keep-alive");
  if (!setup.proxy_authorization.empty()) out.headers.emplace("Proxy-Authorization", setup.proxy_authorization);
  if (!has_header(request.headers, "User-Agent")) out.headers.emplace("User-Agent", setup.user_agent);
  for (const Header& header : request.headers) out.headers.emplace(header.name, header.value);
}

ClientHead head_of(const httplib::Response& response) {
  ClientHead head;
  head.status = response.status;
  for (const auto& [name, value] : response.headers) head.headers.push_back({name, value});
  return head;
}

bool is_framed(const ClientHead& head) {
  return has_header(head.headers, "Content-Length") || has_header(head.headers, "Transfer-Encoding") ||
         head.status == 204 || head.status == 304;
}

bool says_close(const ClientHead& head) {
  for (const Header& header : head.headers) {
    if (!equals_ignoring_case(header.name, "Connection")) continue;
    for (std::string_view option : split_list(header.value)) {
      if (equals_ignoring_case(option, "close")) return true;
    }
  }
  return false;
}

// Refused: interim replies other than 100, encodings that were not asked for, and framing that could be read two ways.
bool is_acceptable(const ClientHead& head) {
  const auto encoding = find_header(head.headers, "Content-Encoding");
  const auto transfer = find_header(head.headers, "Transfer-Encoding");
  if (head.status < 200) return false;
  if (!encoding.empty() && !equals_ignoring_case(encoding, "identity")) return false;
  if (!transfer.empty() && !equals_ignoring_case(transfer, "chunked")) return false;
  return transfer.empty() || !has_header(head.headers, "Content-Length");
}

}  // namespace

// Only its reading and writing of one request on a stream: no sockets, no redirects, no copies, nothing that changes.
class CallEngine::Library final : public httplib::ClientImpl {
 public:
  Library() : ClientImpl("upstream", 80) {
    set_keep_alive(true);
    set_follow_location(false);
    set_decompress(false);
    set_path_encode(false);
  }
  bool exchange(httplib::Stream& stream, httplib::Request& request, httplib::Response& response) {
    httplib::Error error = httplib::Error::Success;
    return process_request(stream, request, response, false, error);
  }
};

CallEngine::CallEngine() : library_(std::make_unique<Library>()) {}
CallEngine::~CallEngine() = default;

CallResult CallEngine::run(io::Stream& stream, const CallSetup& setup, ClientRequest& request,
                           const std::function<bool(const ClientHead&)>& on_head,
                           const std::function<bool(std::string_view)>& on_body) const {
  CallResult result;
  UpstreamStream upstream(stream, setup, request, result);
  httplib::Request out;
  out.method = request.method;
  out.path = setup.target;
  set_headers(setup, request, out);
  if (!request.body.empty()) {
    out.content_length_ = request.body.size();
    out.content_provider_ = [&](size_t offset, size_t length, httplib::DataSink& sink) { return sink.write(request.body.data() + offset, length); };
  }
  size_t body_bytes = 0;
  size_t wasted = 0;
  out.response_handler = [&](const httplib::Response& response) {
    result.head = head_of(response);
    result.old_server = response.version == "HTTP/1.0";
    std::string().swap(request.body);
    Headers().swap(request.headers);
    out.headers.clear();
    upstream.head_is_read(is_framed(result.head));
    if (!is_acceptable(result.head)) {
      result.not_http = true;
      return false;
    }
    if (on_head(result.head)) return true;
    result.stopped = true;
    return false;
  };
  out.content_receiver = [&](const char* data, size_t size, size_t, size_t) {
    body_bytes += size;
    if (body_bytes > request.body_bytes_max) {
      result.too_large = true;
      return false;
    }
    if (result.stopped) return (wasted += size) <= kHurryBytesMax;
    if (on_body({data, size})) return true;
    result.stopped = true;
    upstream.hurry();
    return !io::this_fiber::cancelled();
  };
  httplib::Response response;
  result.complete = library_->exchange(upstream, out, response);
  if (result.complete && result.head.status == 0) result.head = head_of(response);  // 204 and HEAD have no body phase
  // cpp-httplib gives up on what it does not understand without saying why.
  if (!result.complete && !result.stopped && !result.too_large && result.failure == io::IoStatus::kOk) result.not_http = true;
  // A reply without framing ends with the connection; anything left over belongs to no request.
  result.reusable = result.complete && !result.old_server && is_framed(result.head) && upstream.drained() &&
                    !upstream.write_failed() && !says_close(result.head);
  return result;
}

}  // namespace whinchat::http
