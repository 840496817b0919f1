// Keeps the words in the language of the settings, in every tab; the first one is there before anything is drawn.

import { effect } from '@preact/signals';
import { pickLanguage } from '../languages.ts';
import { useLanguage } from '../words.ts';
import { settings } from './settings.ts';

const kPatienceMs = 3000; // then English, until they come

export function startLanguage(): Promise<void> {
  let first: Promise<void> | undefined;
  let shown = '';
  effect(() => {
    const next = pickLanguage(settings.value.language, navigator.languages);
    if (next.id === shown) return;
    shown = next.id;
    const done = useLanguage(next);
    first ??= Promise.race([done, new Promise<void>((resolve) => setTimeout(resolve, kPatienceMs))]);
  });
  return first!;
}
