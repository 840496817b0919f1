#include "fake_provider_script.h"

#include <cstdio>
#include <random>

namespace whinchat::fake {

namespace {

using Do = Step::Do;

std::string frame(std::string_view payload) {
  char size[24];
  std::snprintf(size, sizeof size, "%zx\r\n", payload.size());
  return size + std::string(payload) + "\r\n";
}

std::string joined_frames(const std::vector<std::string>& events) {
  std::string out;
  for (const std::string& event : events) out += frame(event);
  return out;
}

std::string reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 302: return "Found";
    case 307: return "Temporary Redirect";
    case 401: return "Unauthorized";
    case 429: return "Too Many Requests";
    default: return status < 400 ? "OK" : "Error";
  }
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

std::string random_bytes(size_t count) {
  std::minstd_rand random(7);
  std::string out;
  while (out.size() < count) out += static_cast<char>(random() >> 8);
  return out;
}

// Everything that may stand in a head because a directive asks for it.
std::string extra_headers(const Plan& plan) {
  std::string out = "x-request-id: req_fake\r\nrequest-id: req_fake\r\n";
  for (const auto& [name, header] : {std::pair("retry_after", "retry-after"), std::pair("retry_after_ms", "retry-after-ms"),
                                     std::pair("should_retry", "x-should-retry")}) {
    if (plan.has(name)) out += std::string(header) + ": " + plan.text(name, "") + "\r\n";
  }
  if (plan.has("big_header")) out += "x-big: " + std::string(static_cast<size_t>(plan.number("big_header", 65536)), 'b') + "\r\n";
  if (plan.has("header_flood")) {
    for (int i = 0; i < 5000; ++i) out += "x-flood-" + std::to_string(i) + ": y\r\n";
  }
  if (plan.has("connection_close")) out += "connection: close\r\n";
  return out;
}

std::string sized(const Plan& plan, int status, const std::string& type, const std::string& body, const std::string& more = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " " + reason(status) + "\r\ncontent-type: " + type +
         "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n" + more + extra_headers(plan) + "\r\n" + body;
}

void finish(const Plan& plan, Script& script) {
  if (plan.has("close_idle") || plan.has("connection_close")) {
    script.push_back({Do::kClose});
  } else {
    script.push_back({Do::kDone});
  }
}

// The places in a stream where a directive cuts it.
struct Cut {
  int64_t at;
  Step step;
};

bool find_cut(const Plan& plan, const Wire& wire, Cut& cut) {
  if (plan.has("reset_after")) cut = {plan.number("reset_after", 1), {Do::kReset}};
  else if (plan.has("close_after")) cut = {plan.number("close_after", 1), {Do::kClose}};
  else if (plan.has("hang_after")) cut = {plan.number("hang_after", 1), {Do::kHang}};
  else if (plan.has("end_after")) cut = {plan.number("end_after", 1), {Do::kSend, "0\r\n\r\n"}};
  else if (plan.has("error_at")) cut = {plan.number("error_at", 1), {Do::kSend, frame(wire.error_event()) + "0\r\n\r\n"}};
  else if (plan.has("bad_chunk")) cut = {2, {Do::kSend, plan.text("bad_chunk", "-2") + "\r\nxx\r\n0\r\n\r\n"}};
  else if (plan.has("garbage_sse")) cut = {1, {Do::kSend, frame(random_bytes(4096)) + "0\r\n\r\n"}};
  else return false;
  return true;
}

std::string stream_head(const Plan& plan) {
  return "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n"
         "transfer-encoding: chunked\r\n" + extra_headers(plan) + "\r\n";
}

void add_pieces(const Plan& plan, const std::shared_ptr<const Wire>& wire, int64_t from, int64_t to, Script& script) {
  Step step{Do::kPieces};
  step.ms = plan.number("delay_ms", 0);
  step.from = from;
  step.to = to;
  step.wire = wire;
  script.push_back(step);
}

// The body of a stream that is sent a few bytes at a time: all of it as one text.
std::string stream_text(const Wire& wire) {
  std::string out = joined_frames(wire.opening());
  for (int64_t i = 0; i < wire.pieces(); ++i) {
    std::string event;
    wire.piece(i, event);
    out += frame(event);
  }
  return out + joined_frames(wire.closing()) + "0\r\n\r\n";
}

Script stream_script(const Plan& plan, const std::shared_ptr<const Wire>& wire) {
  Script script;
  if (plan.has("hang_after_head")) return {{Do::kSend, stream_head(plan)}, {Do::kHang}};
  if (plan.has("split_utf8") || plan.has("drip_ms")) {
    script.push_back({Do::kSend, stream_head(plan)});
    script.push_back({Do::kDrip, stream_text(*wire), plan.number("drip_ms", 0)});
    finish(plan, script);
    return script;
  }
  script.push_back({Do::kSend, stream_head(plan) + joined_frames(wire->opening())});
  if (plan.has("endless_pings")) {
    script.push_back({Do::kRepeat, frame(wire->ping_event()), plan.number("endless_pings", 50)});
    return script;
  }
  if (plan.has("big_line")) {
    const int64_t size = plan.number("big_line", 1 << 30);
    char head[32];
    std::snprintf(head, sizeof head, "%llx\r\ndata: ", static_cast<unsigned long long>(size + 6));
    script.push_back({Do::kSend, head});
    script.push_back({Do::kFill, {}, 0, 0, size});
    script.push_back({Do::kSend, "\r\n0\r\n\r\n"});
    finish(plan, script);
    return script;
  }
  Cut cut{};
  if (find_cut(plan, *wire, cut)) {
    add_pieces(plan, wire, 0, cut.at, script);
    if (cut.step.what == Do::kReset) script.push_back({Do::kWait, {}, 50});  // let the bytes before it be read
    script.push_back(cut.step);
    if (cut.step.what == Do::kSend) finish(plan, script);
    return script;
  }
  if (plan.has("bad_json_at")) {
    const int64_t at = plan.number("bad_json_at", 1);
    add_pieces(plan, wire, 0, at, script);
    script.push_back({Do::kSend, frame("data: {\"choices\":[{\"delta\":{\"con\n\n")});
    add_pieces(plan, wire, at, wire->pieces(), script);
  } else {
    add_pieces(plan, wire, 0, wire->pieces(), script);
  }
  script.push_back({Do::kSend, joined_frames(wire->closing()) + "0\r\n\r\n"});
  finish(plan, script);
  return script;
}

bool head_fault(const Plan& plan, Script& script) {
  if (plan.has("head_delay_ms")) script.push_back({Do::kWait, {}, plan.number("head_delay_ms", 0)});
  if (plan.has("reset_head")) script.push_back({Do::kReset});
  else if (plan.has("hang_head")) script.push_back({Do::kHang});
  else if (plan.has("garbage")) {
    script.push_back({Do::kSend, random_bytes(512)});
    script.push_back({Do::kClose});
  } else if (plan.has("endless_100")) {
    script.push_back({Do::kRepeat, "HTTP/1.1 100 Continue\r\n\r\n", 1});
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string Received::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

int64_t Seen::count(const std::string& key) {
  const std::lock_guard lock(mutex_);
  return ++counts_[key];
}

void Seen::clear() {
  const std::lock_guard lock(mutex_);
  counts_.clear();
}

bool is_provider_path(const std::string& target) {
  const std::string_view path = path_of(target);
  return ends_with(path, "/chat/completions") || ends_with(path, "/responses") || ends_with(path, "/messages") || ends_with(path, "/models");
}

Script plain_answer(int status, const std::string& type, const std::string& body) {
  return {{Do::kSend, sized(Plan(), status, type, body)}, {Do::kDone}};
}

Script make_script(const Received& request, const Defaults& defaults, Seen& seen) {
  const std::string_view path = path_of(request.target);
  if (ends_with(path, "/models")) {
    return plain_answer(200, "application/json", models_body(!request.header("anthropic-version").empty()));
  }
  const Dialect dialect = ends_with(path, "/messages")    ? Dialect::kMessages
                          : ends_with(path, "/responses") ? Dialect::kResponses
                                                          : Dialect::kChat;
  Asked asked = read_request(dialect, request.body);
  asked.host = request.header("host");
  asked.key = request.header("x-api-key");
  if (asked.key.empty() && request.header("authorization").rfind("Bearer ", 0) == 0) asked.key = request.header("authorization").substr(7);
  Plan plan(asked.directive, defaults);
  if (!asked.valid_json || request.method != "POST") {
    return plain_answer(400, "application/json", Wire(asked, plan).error_body(400));
  }
  if (plan.has("times") && seen.count(plan.key()) > plan.number("times", 1)) plan = Plan("chunks=" + plan.text("chunks", "8"), defaults);

  Script script;
  if (head_fault(plan, script)) return script;
  const auto wire = std::make_shared<const Wire>(asked, plan);
  const int status = plan.has("redirect") ? 307 : plan.has("quota") ? 429 : static_cast<int>(plan.number("status", 200));
  std::string head_and_body;
  if (status == 307) {
    head_and_body = sized(plan, 307, "text/plain", "", "location: " + plan.text("redirect", "http://169.254.169.254/latest/meta-data/") + "\r\n");
  } else if (plan.has("html")) {
    head_and_body = sized(plan, status, "text/html", "<html><body><h1>502 Bad Gateway at " + asked.host + "</h1></body></html>");
  } else if (status >= 400 || plan.has("json_error")) {
    head_and_body = sized(plan, status, "application/json", wire->error_body(status == 200 ? 500 : status));
  } else if (plan.has("gzip")) {
    std::string text;
    for (const std::string& event : wire->opening()) text += event;
    for (const std::string& event : wire->closing()) text += event;
    head_and_body = sized(plan, 200, "text/event-stream", gzip_stored(text), "content-encoding: gzip\r\n");
  } else if (!asked.stream || plan.has("json_body")) {
    head_and_body = sized(plan, 200, "application/json", wire->whole_body());
  } else {
    Script rest = stream_script(plan, wire);
    script.insert(script.end(), rest.begin(), rest.end());
    return script;
  }
  script.push_back({Do::kSend, head_and_body});
  finish(plan, script);
  return script;
}

}  // namespace whinchat::fake
