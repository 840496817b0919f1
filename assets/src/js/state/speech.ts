// Reading answers aloud: whether this browser can, and what it is reading now. The reading itself is in ui/speaker.ts,
// fetched when it is first wanted.

import { signal } from '@preact/signals';

export const canSpeak = signal(false); // there is a voice
export const speaking = signal<{ message: string; paused: boolean } | null>(null);

// Voices come late in some browsers, and not at all in others.
export function watchVoices(): void {
  const synthesis = (globalThis as { speechSynthesis?: SpeechSynthesis }).speechSynthesis;
  if (!synthesis) return;
  const look = (): void => void (canSpeak.value = synthesis.getVoices().length > 0);
  look();
  synthesis.addEventListener?.('voiceschanged', look);
}
