// Prompts that a person saved, in this browser beside the settings and shared with its other tabs; in the order of their names.

import { signal } from '@preact/signals';
import { base } from '../base.ts';
import { newId } from './ids.ts';

export interface Prompt {
  id: string;
  name: string;
  text: string;
}

export const kPromptsMax = 100;
export const kPromptCharsMax = 4000;
export const kPromptNameMax = 60;
const kKey = base === '/' ? 'whinchat.prompts' : `whinchat.prompts ${base}`;

const isPrompt = (one: Partial<Prompt> | null): one is Prompt => typeof one?.id === 'string' && typeof one.name === 'string' && typeof one.text === 'string';
const inOrder = (list: Prompt[]): Prompt[] => list.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));

function load(): readonly Prompt[] {
  try {
    const saved: unknown = JSON.parse(localStorage.getItem(kKey) ?? '[]');
    return Array.isArray(saved) ? inOrder(saved.filter(isPrompt)).slice(0, kPromptsMax) : [];
  } catch {
    return []; // denied, or not ours
  }
}

export const prompts = signal(load());
export const wanted = signal(false); // the settings shall begin with a new one

function write(list: Prompt[]): void {
  prompts.value = inOrder(list);
  try {
    localStorage.setItem(kKey, JSON.stringify(list));
  } catch {
    // Full or denied: they live as long as the page.
  }
}

export const fits = (text: string): boolean => text.length <= kPromptCharsMax || [...text].length <= kPromptCharsMax;

// A new one, or another name and text for an old one. False: there are too many already.
export function keepPrompt({ id = newId(), name, text }: Omit<Prompt, 'id'> & { id?: string | undefined }): boolean {
  const others = prompts.peek().filter((one) => one.id !== id);
  if (others.length >= kPromptsMax || !fits(text)) return false;
  write([...others, { id, name: name.trim().slice(0, kPromptNameMax), text }]);
  return true;
}

export const dropPrompt = (id: string): void => write(prompts.peek().filter((one) => one.id !== id));

addEventListener('storage', (event) => {
  if (event.key === kKey) prompts.value = load();
});
