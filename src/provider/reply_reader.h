// Reads one HTTP reply of a provider, whatever it turns out to be: an event stream, a whole answer as JSON although a
// stream was asked for, an error page, an empty body. Pure: fed with head and bytes, it drives a ReplyDecoder.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"
#include "http/sse.h"
#include "provider/reply_decoder.h"

namespace whinchat::provider {

inline constexpr size_t kErrorBodyBytesMax = 64 * 1024;  // of an error reply; all known ones are far smaller
inline constexpr size_t kWholeBodyBytesMax = 8u << 20;   // an answer that is no stream

// decoder and sink must outlive it. One reply, one fiber.
class ReplyReader {
 public:
  ReplyReader(ReplyDecoder& decoder, DeltaSink& sink, std::string_view provider_name);

  // False: the rest of the reply is not wanted.
  bool on_head(int status, const http::Headers& headers);
  bool on_body(std::string_view bytes);
  // The body is over, cleanly or not; call once. Then decoder.outcome() holds the result of a 2xx reply.
  void on_end();

  int status() const { return status_; }
  bool is_success() const { return status_ >= 200 && status_ < 300; }
  bool body_begun() const { return body_begun_; }            // a byte of a 2xx body came
  const std::string& error_body() const { return body_; }    // of a reply that is no success
  const http::Headers& headers() const { return headers_; }  // of a success: the type and what ends in "-id"

 private:
  enum class Mode { kUndecided, kEvents, kWhole, kForeign, kError };
  bool feed_events(std::string_view bytes);
  bool collect(std::string_view bytes, size_t bytes_max);

  ReplyDecoder& decoder_;
  DeltaSink& sink_;
  std::string provider_name_;
  http::SseParser parser_;
  http::SseParser::OnEvent on_event_;
  http::Headers headers_;
  int status_ = 0;
  Mode mode_ = Mode::kUndecided;
  bool body_begun_ = false;
  bool too_large_ = false;
  std::string body_;
};

}  // namespace whinchat::provider
