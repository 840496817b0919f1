// Speech that becomes text: recorded in the browser, written down by a provider, given back to be looked at and sent.
#include "api/error_response.h"
#include "api/json_write.h"
#include "api/request_read.h"
#include "api/routes.h"
#include "chat/spending.h"
#include "provider/transcription.h"

namespace whinchat::api {

namespace {

Result<std::string> language_of(const http::Request& request) {
  auto language = query_text(request, "language");
  if (!language.ok()) return std::move(language).error();
  const std::string wanted = language->value_or("");
  const bool letters = wanted.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos;
  if (!letters || wanted.size() == 1 || wanted.size() > 3) return Error{ErrorCode::kInvalidRequest, "\"language\" must be a code of two or three letters.", ""};
  return wanted;
}

}  // namespace

// The recording is kept nowhere: not here, and not in the log.
http::Response handle_transcribe(Context& context, const Call& call) {
  auto language = language_of(call.request);
  if (!language.ok()) return error_response(language.error());
  if (!provider::speech_kind(call.request.body)) {
    return error_response(415, ErrorCode::kUnsupportedMedia, "This is no recording that is taken: WebM, MP4, Ogg, WAV, MP3 and FLAC are.");
  }
  const auto provider = context.providers.transcriber();
  if (!provider) return provider_error_response(Error{ErrorCode::kProviderUnavailable, "No provider here writes down speech.", ""});
  provider::ChatRequest counted;
  counted.model = provider->transcription_model();
  counted.max_tokens = 0;
  auto spending = chat::Spending::begin(context.usage, context.clock, context.log, call.who.user_id, *provider, counted,
                                        context.providers.about(*provider, counted.model));
  if (!spending.ok()) {
    if (spending.error().code == ErrorCode::kQuotaExceeded) context.metrics.limit_hit();
    return error_response(spending.error());
  }
  auto said = provider->transcribe({call.request.body, *language});
  chat::TurnResult result;
  if (said.ok()) result.outcome.usage = said->usage;
  else result.outcome.error = said.error();
  spending->settle(result);
  if (!said.ok()) {
    context.log.warning("chat", "Speech was not written down", {{"provider", provider->id()}, {"code", wire_name(said.error().code)}, {"detail", said.error().detail}});
    return provider_error_response(said.error());
  }
  std::string out = "{\"text\":";
  append_json_string(out, said->text);
  out += ",\"provider\":";
  append_json_string(out, provider->id());
  out += ",\"model\":";
  append_json_string(out, counted.model);
  return json_response(out + "}\n");
}

}  // namespace whinchat::api
