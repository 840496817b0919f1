// The provider that is there when no other is: no model, no network, just prepared text that is streamed like an answer,
// so that the whole product can be tried at once. It says in every answer what it is and how to get a real one.
#pragma once

#include "provider/provider.h"

namespace whinchat::provider {

class DemoProvider final : public Provider {
 public:
  bool is_language_model() const override { return false; }
  std::string_view id() const override { return "demo"; }
  std::string_view name() const override { return "Demo"; }
  std::string default_model() const override { return "demo"; }
  // "demo:long" in the question gives about 2,000 words, "demo:slow" a word every 100 ms.
  bool takes_pdf() const override { return true; }  // it reads nothing of it
  ChatOutcome stream(const ChatRequest& request, DeltaSink& sink) override;
  Result<std::vector<ModelInfo>> list_models() override;
};

// The text for a question. Pure.
std::string demo_answer(std::string_view question, size_t turns_before);

}  // namespace whinchat::provider
