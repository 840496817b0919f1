// What a provider is sent to write down, and what is made of its answer.
#include "provider/transcription.h"

#include <doctest/doctest.h>

using namespace whinchat;
using namespace whinchat::provider;
using namespace std::string_literals;

namespace {

std::vector<ModelInfo> models(std::initializer_list<const char*> ids) {
  std::vector<ModelInfo> out;
  for (const char* id : ids) {
    ModelInfo model;
    model.id = id;
    out.push_back(std::move(model));
  }
  return out;
}

}  // namespace

TEST_CASE("a recording is known by its bytes") {
  CHECK(speech_kind("\x1A\x45\xDF\xA3 and more")->file_name == "speech.webm");
  CHECK(speech_kind("\0\0\0\x1C" "ftypisom"s)->media_type == "audio/mp4");
  CHECK(speech_kind("RIFF1234WAVEfmt ")->file_name == "speech.wav");
  CHECK(speech_kind("OggS")->file_name == "speech.ogg");
  for (const std::string& bytes : {""s, "ftyp"s, "RIFF1234WEBP"s, "\x89PNG\r\n"s, "hello"s}) CHECK_FALSE(speech_kind(bytes));
}

TEST_CASE("the best model for speech is taken, and none that is for something else") {
  CHECK(pick_transcription_model(models({"gpt-4o", "whisper-1", "gpt-4o-transcribe", "gpt-transcribe"})) == "gpt-transcribe");
  CHECK(pick_transcription_model(models({"whisper-large-v3", "gpt-4o-transcribe-diarize"})) == "whisper-large-v3");
  CHECK(pick_transcription_model(models({"Systran/faster-Whisper-small"})) == "Systran/faster-Whisper-small");
  CHECK(pick_transcription_model(models({"gpt-4o", "tts-1", "gpt-realtime-transcribe"})).empty());
}

TEST_CASE("the body is a form with the recording last, byte for byte") {
  const std::string bytes = "\x1A\x45\xDF\xA3\r\n--x\0y"s;
  CHECK(encode_transcription({bytes, "de"}, *speech_kind(bytes), "whisper-1", "BOUNDARY") ==
        "--BOUNDARY\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n"
        "--BOUNDARY\r\nContent-Disposition: form-data; name=\"response_format\"\r\n\r\njson\r\n"
        "--BOUNDARY\r\nContent-Disposition: form-data; name=\"language\"\r\n\r\nde\r\n"
        "--BOUNDARY\r\nContent-Disposition: form-data; name=\"file\"; filename=\"speech.webm\"\r\nContent-Type: audio/webm\r\n\r\n" + bytes + "\r\n--BOUNDARY--\r\n");
}

TEST_CASE("an answer gives its text and what it cost; what is none is said to be none") {
  const auto said = decode_transcription(R"({"text":" Hello there. ","usage":{"type":"tokens","input_tokens":14,"output_tokens":4}})", "X");
  REQUIRE(said.ok());
  CHECK(said->text == "Hello there.");
  CHECK(said->usage.input_tokens == 14);
  CHECK(said->usage.output_tokens == 4);
  CHECK(decode_transcription(R"({"text":"","usage":{"type":"duration","seconds":3}})", "X")->usage.input_tokens == -1);
  for (const char* bad : {"", "Hello", "{}", "[]", R"({"text":7})", R"({"text":"cut)"}) CHECK(decode_transcription(bad, "X").error().code == ErrorCode::kProviderProtocol);
}
