#include "provider/transcription.h"

#include <array>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"
#include "provider/json_read.h"
#include "provider/upstream_error.h"

namespace whinchat::provider {

namespace {

using namespace std::string_view_literals;

struct Signature {
  std::string_view bytes;
  size_t at;
  SpeechKind kind;
};

// What browsers record, and what people have as files.
constexpr std::array kSignatures = {
    Signature{"\x1A\x45\xDF\xA3"sv, 0, {"audio/webm", "speech.webm"}},
    Signature{"ftyp"sv, 4, {"audio/mp4", "speech.mp4"}},
    Signature{"OggS"sv, 0, {"audio/ogg", "speech.ogg"}},
    Signature{"WAVE"sv, 8, {"audio/wav", "speech.wav"}},
    Signature{"ID3"sv, 0, {"audio/mpeg", "speech.mp3"}},
    Signature{"fLaC"sv, 0, {"audio/flac", "speech.flac"}},
};

// The best first. A model that tells speakers apart wants to be asked in another way.
constexpr std::array<std::string_view, 3> kNames = {"gpt-transcribe", "transcribe", "whisper"};

void add_field(std::string& out, std::string_view boundary, std::string_view name, std::string_view value) {
  out.append("--").append(boundary).append("\r\nContent-Disposition: form-data; name=\"").append(name).append("\"\r\n\r\n").append(value).append("\r\n");
}

}  // namespace

std::optional<SpeechKind> speech_kind(std::string_view bytes) {
  for (const Signature& one : kSignatures) {
    if (bytes.size() > one.at && bytes.substr(one.at).starts_with(one.bytes)) return one.kind;
  }
  return std::nullopt;
}

std::string pick_transcription_model(const std::vector<ModelInfo>& models) {
  for (const std::string_view name : kNames) {
    for (const ModelInfo& model : models) {
      const std::string id = lower_ascii(model.id);
      if (id.find(name) != std::string::npos && id.find("diarize") == std::string::npos && id.find("realtime") == std::string::npos) return model.id;
    }
  }
  return {};
}

std::string encode_transcription(const Speech& speech, const SpeechKind& kind, std::string_view model, std::string_view boundary) {
  std::string out;
  out.reserve(speech.bytes.size() + 1024);
  add_field(out, boundary, "model", model);
  add_field(out, boundary, "response_format", "json");
  if (!speech.language.empty()) add_field(out, boundary, "language", speech.language);
  out.append("--").append(boundary).append("\r\nContent-Disposition: form-data; name=\"file\"; filename=\"").append(kind.file_name);
  out.append("\"\r\nContent-Type: ").append(kind.media_type).append("\r\n\r\n").append(speech.bytes).append("\r\n--").append(boundary).append("--\r\n");
  return out;
}

Result<Transcription> decode_transcription(std::string_view body, std::string_view provider_name) {
  nlohmann::json parsed;
  bool marked = false;
  const nlohmann::json* text = parse_upstream_json(body, parsed, marked) ? member(parsed, "text") : nullptr;
  if (!text || !text->is_string()) {
    return Error{ErrorCode::kProviderProtocol, std::string(provider_name) + " did not write down what was said.", redact_for_log(body.substr(0, kErrorDetailBytesMax), "")};
  }
  Transcription out;
  out.text = std::string(trim(utf8_prefix(text->get_ref<const std::string&>(), limits::kTranscriptBytes)));
  if (const nlohmann::json* usage = member(parsed, "usage")) {
    if (const auto n = integer_in(*usage, "input_tokens"); n && *n >= 0) out.usage.input_tokens = *n;
    if (const auto n = integer_in(*usage, "output_tokens"); n && *n >= 0) out.usage.output_tokens = *n;
  }
  return out;
}

}  // namespace whinchat::provider
