// Prompts that a person saved, in the order of their names: in this browser, shared with its other tabs, until the person
// signs out. state/synced.ts brings them to the server and the other devices.

import { computed, effect, signal } from '@preact/signals';
import { newId } from './ids.ts';
import { kPrompts, user } from './session.ts';

export interface Prompt {
  id: string;
  name: string;
  text: string;
}

export const kPromptsMax = 100;
export const kPromptCharsMax = 4000;
export const kPromptNameMax = 60;

export const isPrompt = (one: Partial<Prompt> | null): one is Prompt => typeof one?.id === 'string' && typeof one.name === 'string' && typeof one.text === 'string';
const inOrder = (list: Prompt[]): Prompt[] => list.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));

export function load(): Prompt[] {
  try {
    const saved: unknown = JSON.parse(localStorage.getItem(kPrompts) ?? '[]');
    return Array.isArray(saved) ? inOrder(saved.filter(isPrompt)) : [];
  } catch {
    return []; // denied, or not ours
  }
}

export const prompts = signal<readonly Prompt[]>([]);
export const wanted = signal(false); // the settings shall begin with a new one

export function writePrompts(list: Prompt[]): void {
  try {
    localStorage.setItem(kPrompts, JSON.stringify(list));
  } catch {
    // Full or denied: they live as long as the page.
  }
  prompts.value = inOrder(list);
}

export const fits = (text: string): boolean => text.length <= kPromptCharsMax || [...text].length <= kPromptCharsMax;

// A new one, or another name and text for an old one. False: there are too many already.
export function keepPrompt({ id = newId(), name, text }: Omit<Prompt, 'id'> & { id?: string | undefined }): boolean {
  const others = prompts.peek().filter((one) => one.id !== id);
  const isNew = others.length === prompts.peek().length;
  if ((isNew && others.length >= kPromptsMax) || !fits(text)) return false;
  writePrompts([...others, { id, name: name.trim().slice(0, kPromptNameMax), text }]);
  return true;
}

export const dropPrompt = (id: string): void => writePrompts(prompts.peek().filter((one) => one.id !== id));

const who = computed(() => user.value?.id);
effect(() => {
  void who.value;
  prompts.value = load();
});
addEventListener('storage', (event) => {
  if (event.key === kPrompts) prompts.value = load();
});
