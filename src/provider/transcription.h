// Speech on its way to text: what OpenAI and those who speak its language take and give at /audio/transcriptions. Pure.
// Source: OpenAI API reference, Audio (2026-11).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "provider/provider.h"

namespace whinchat::provider {

// What a recording is, by its first bytes: how it is called on the way. Nothing: no recording that is taken anywhere.
struct SpeechKind {
  std::string_view media_type;
  std::string_view file_name;   // servers go by its end
};
std::optional<SpeechKind> speech_kind(std::string_view bytes);

// The best of a provider's models for that, by their names; empty: none of them is for speech.
std::string pick_transcription_model(const std::vector<ModelInfo>& models);

// A multipart/form-data body (RFC 7578). boundary: nothing that can stand in the bytes. language: two or three letters, or empty.
std::string encode_transcription(const Speech& speech, const SpeechKind& kind, std::string_view model, std::string_view boundary);

// Error kProviderProtocol when it is none.
Result<Transcription> decode_transcription(std::string_view body, std::string_view provider_name);

}  // namespace whinchat::provider
