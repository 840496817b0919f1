// The server's list of models, and which one the next message goes to.

import { computed, signal } from '@preact/signals';
import ChatClient from '../chat-client.ts';
import { readModels, type About, type Choice, type Model } from './read-models.ts';
import { change, instructionsAllowed, settings } from './settings.ts';

export type { Model } from './read-models.ts';

const kProviderNames: Record<string, string> = {
  openai: 'OpenAI', claude: 'Anthropic', demo: 'Demo', ollama: 'Ollama', llamacpp: 'llama.cpp', lmstudio: 'LM Studio',
  openrouter: 'OpenRouter', groq: 'Groq', mistral: 'Mistral', deepseek: 'DeepSeek', gemini: 'Google Gemini', vllm: 'vLLM',
};

const about = signal<ReadonlyMap<string, About>>(new Map());

export const providerName = (id: string): string =>
  kProviderNames[id] ?? about.value.get(id)?.name ?? id.charAt(0).toUpperCase() + id.slice(1);

export const models = signal<Model[]>([]);
export const modelsLoaded = signal(false);
// A provider that writes down speech: whose it is, and how long a recording may be.
export const transcription = signal<{ name: string; bytes: number } | null>(null);
const serverDefault = signal<Choice | null>(null);

export const find = (choice: { provider: string | null; model: string | null }): Model | undefined =>
  models.value.find((m) => m.provider === choice.provider && m.id === choice.model);

// The wanted model if it can answer, else the server's default, else the first that can; demo only when nothing else can.
export function usable(wanted: { provider: string | null; model: string | null } | null): Model | undefined {
  const candidates = [wanted, settings.value, serverDefault.value].map((c) => (c ? find(c) : undefined));
  const able = models.value.filter((m) => m.available);
  return candidates.find((m) => m?.available) ?? able.find((m) => m.provider !== 'demo') ?? able[0];
}

// The model that was wanted here and cannot answer (any more): its name, for a note beside what answers instead.
export function missing(wanted: { provider: string | null; model: string | null } | null): string | undefined {
  if (!modelsLoaded.value || !wanted?.model) return undefined;
  const found = find(wanted);
  return found?.available ? undefined : (found?.name ?? wanted.model);
}

export const onlyDemo = computed(() => {
  const able = models.value.filter((m) => m.available);
  return able.length > 0 && able.every((m) => m.provider === 'demo');
});
export const noProvider = computed(() => modelsLoaded.value && !models.value.some((m) => m.available));

export async function loadModels(): Promise<void> {
  const answer = await new ChatClient().getModels();
  const read = readModels(answer);
  if (read.models.length === 0 && models.peek().length > 0) return; // unreachable now: keep what is known
  about.value = read.about;
  instructionsAllowed.value = (answer.about as { instructions?: boolean } | undefined)?.instructions !== false;
  transcription.value = read.transcription;
  models.value = read.models;
  serverDefault.value = read.preferred;
  modelsLoaded.value = read.models.length > 0;
}

export function chooseAsDefault(model: Model): void {
  change({ provider: model.provider, model: model.id });
}
