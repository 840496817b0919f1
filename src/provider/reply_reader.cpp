#include "provider/reply_reader.h"

#include <algorithm>

#include "base/text.h"

namespace whinchat::provider {
namespace {

// "Text/HTML; charset=utf-8" -> "text/html"
std::string media_type(std::string_view value) { return lower_ascii(trim(value.substr(0, value.find(';')))); }

}  // namespace

ReplyReader::ReplyReader(ReplyDecoder& decoder, DeltaSink& sink, std::string_view provider_name)
    : decoder_(decoder), sink_(sink), provider_name_(provider_name) {
  on_event_ = [this](const http::SseEvent& e) { return decoder_.on_event(e.name, e.data, sink_); };
}

bool ReplyReader::on_head(int status, const http::Headers& headers) {
  status_ = status;
  headers_.clear();
  for (const http::Header& header : headers) {
    if (!is_success() || equals_ignoring_case(header.name, "content-type") || lower_ascii(header.name).ends_with("-id")) headers_.push_back(header);
  }
  if (!is_success()) {
    mode_ = Mode::kError;
    return true;
  }
  const std::string encoding = media_type(http::find_header(headers, "content-encoding"));
  const std::string type = media_type(http::find_header(headers, "content-type"));
  const bool is_json = type == "application/json" || (type.size() > 5 && type.substr(type.size() - 5) == "+json");
  if (!encoding.empty() && encoding != "identity") mode_ = Mode::kForeign;
  else if (is_json) mode_ = Mode::kWhole;
  else if (type == "text/html") mode_ = Mode::kForeign;
  else mode_ = Mode::kUndecided;  // also for event streams: some servers say so and send JSON
  return true;
}

bool ReplyReader::collect(std::string_view bytes, size_t bytes_max) {
  const size_t room = bytes_max - std::min(bytes_max, body_.size());
  body_.append(bytes.substr(0, room));
  if (bytes.size() > room) too_large_ = true;
  return !too_large_;
}

bool ReplyReader::feed_events(std::string_view bytes) {
  const auto state = parser_.feed(bytes, on_event_);
  if (state == http::SseParser::State::kTooLarge) too_large_ = true;
  return state == http::SseParser::State::kOpen;
}

bool ReplyReader::on_body(std::string_view bytes) {
  if (is_success() && !bytes.empty()) body_begun_ = true;
  if (mode_ == Mode::kUndecided) {
    // An event stream cannot begin with these; white space before them is nothing in either.
    const size_t first = bytes.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return feed_events(bytes);
    const char c = bytes[first];
    mode_ = c == '{' || c == '[' ? Mode::kWhole : c == '<' ? Mode::kForeign : Mode::kEvents;
  }
  switch (mode_) {
    case Mode::kEvents: return feed_events(bytes);
    case Mode::kWhole: return collect(bytes, kWholeBodyBytesMax);
    default: return collect(bytes, kErrorBodyBytesMax);
  }
}

void ReplyReader::on_end() {
  if (!is_success()) return;
  if (too_large_ && mode_ != Mode::kForeign) {
    decoder_.fail_protocol("sent an answer that is too large.", "a stream event or body over the limit");
  } else if (mode_ == Mode::kForeign) {
    decoder_.fail_protocol("sent something that is not an answer. Please check the base URL.",
                           "status " + std::to_string(status_) + ", type " +
                               std::string(http::find_header(headers_, "content-type")) + ": " + body_);
  } else if (mode_ == Mode::kWhole) {
    decoder_.on_whole(body_, sink_);
  } else {
    parser_.finish(on_event_);
  }
  decoder_.on_end(sink_);
}

}  // namespace whinchat::provider
