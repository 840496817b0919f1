// Plays a provider's reply to a decoder in reads of chosen sizes and writes down what came out, for comparison.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "provider/reply_reader.h"

namespace replay {

using namespace whinchat;

class Collector : public provider::DeltaSink {
 public:
  bool on_text(std::string_view text) override { return take("text", text, all_text); }
  bool on_reasoning(std::string_view text) override { return take("reasoning", text, all_reasoning); }

  std::string all_text, all_reasoning;
  std::string order;            // "rt": reasoning came before text
  int pieces_left = 1 << 30;    // after so many pieces nobody wants more

 private:
  bool take(const char* channel, std::string_view text, std::string& all) {
    CHECK_MESSAGE(is_valid_utf8(text), "a piece that is not UTF-8");
    CHECK(!text.empty());
    if (order.empty() || order.back() != channel[0]) order += channel[0];
    all += text;
    return --pieces_left > 0;
  }
};

struct Reply {
  std::string body;
  int status = 200;
  std::string content_type = "text/event-stream; charset=utf-8";
};

inline std::string show(const Collector& sink, const provider::ReplyDecoder& decoder) {
  const provider::ChatOutcome& o = decoder.outcome();
  const auto number = [](const char* name, int64_t n) { return n < 0 ? std::string() : std::string(name) + std::to_string(n); };
  std::string out = sink.all_text;
  if (!sink.all_reasoning.empty()) out += "\nreasoning: " + sink.all_reasoning;
  for (const auto& call : decoder.tool_calls()) out += "\ncall: " + call.id + " " + call.name + " " + call.arguments;
  out += "\nfinish: " + std::string(wire_name(o.finish));
  const std::string usage = number(" in ", o.usage.input_tokens) + number(" cached ", o.usage.cached_input_tokens) +
                            number(" written ", o.usage.cache_write_tokens) + number(" out ", o.usage.output_tokens) +
                            number(" thought ", o.usage.reasoning_tokens);
  if (!usage.empty()) out += "\nusage:" + usage;
  if (o.error) out += "\nerror: " + std::string(wire_name(o.error->code));
  return out;
}

template <class Decoder>
std::string play(const Reply& reply, const std::vector<size_t>& sizes, bool fast, Error* error = nullptr) {
  Decoder decoder("Testai", fast);
  Collector sink;
  provider::ReplyReader reader(decoder, sink, "Testai");
  reader.on_head(reply.status, {{"Content-Type", reply.content_type}});
  size_t pos = 0;
  for (size_t i = 0; pos < reply.body.size(); ++i) {
    const std::string piece = reply.body.substr(pos, sizes[std::min(i, sizes.size() - 1)]);
    pos += piece.size();
    if (!reader.on_body(piece)) break;
  }
  reader.on_end();
  if (error && decoder.outcome().error) *error = *decoder.outcome().error;
  return show(sink, decoder);
}

// Whole, in reads of 1..9 bytes, and cut in two at each offset; with the fast path and without.
template <class Decoder>
void check(const Reply& reply, const std::string& expected) {
  CAPTURE(reply.body);
  for (const bool fast : {true, false}) {
    CAPTURE(fast);
    CHECK(play<Decoder>(reply, {reply.body.size() + 1}, fast) == expected);
    for (size_t size = 1; size <= 9; ++size) REQUIRE(play<Decoder>(reply, {size}, fast) == expected);
    for (size_t at = 1; at < reply.body.size(); ++at) {
      CAPTURE(at);
      REQUIRE(play<Decoder>(reply, {at, reply.body.size()}, fast) == expected);
    }
  }
}

template <class Decoder>
void check(const std::string& body, const std::string& expected) {
  check<Decoder>(Reply{body}, expected);
}

}  // namespace replay
