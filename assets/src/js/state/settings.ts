// Settings in localStorage: there before the first paint, and shared with other tabs. All but the instructions belong to this
// device; these are brought to the others by state/synced.ts.
// Storage may be denied; then they live as long as the page.

import { effect, signal } from '@preact/signals';
import type { TurnOptions } from './types.ts';

export type Theme = 'system' | 'light' | 'dark';
export type TextSize = 'small' | 'normal' | 'large' | 'huge';

export interface Settings {
  theme: Theme;
  language: string; // 'auto' or an id of languages.ts
  enterSends: boolean;
  provider: string | null; // last chosen model, the start for new conversations
  model: string | null;
  sidebar: boolean; // shown on wide screens
  textSize: TextSize;
  density: 'cosy' | 'compact';
  codeFont: string; // a font of this device; empty: the usual ones
  markdownQuestions: boolean; // own messages are shown as Markdown too
  instructions: string; // told to the model with every question
  temperature: number | null; // null: the model's own
  maxTokens: number | null;
}

export const kInstructionsMax = 4000; // the server's limit, in characters


const kKey = 'whinchat.settings'; // src/boot/theme.js reads `theme` from it

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
  } catch {
    // Full or denied: keep the value in memory only.
  }
}

const touch = (): boolean => matchMedia('(pointer: coarse)').matches;

const kUsual = {
  textSize: 'normal' as const, density: 'cosy' as const, codeFont: '', markdownQuestions: false, instructions: '', temperature: null, maxTokens: null,
};

export function load(): Settings {
  const defaults: Settings = { theme: 'system', language: 'auto', enterSends: !touch(), provider: null, model: null, sidebar: true, ...kUsual };
  try {
    const saved: unknown = JSON.parse(read(kKey) ?? '{}');
    return saved && typeof saved === 'object' ? { ...defaults, ...saved } : defaults;
  } catch {
    return defaults;
  }
}

export const settings = signal<Settings>(load());

export function change(part: Partial<Settings>): void {
  const next = { ...settings.peek(), ...part };
  write(kKey, JSON.stringify(next));
  settings.value = next;
}

// What goes along with a question. The server says whether it lets people have instructions of their own.
export const instructionsAllowed = signal(true);
export function turnOptions(): TurnOptions | undefined {
  const { instructions, temperature, maxTokens } = settings.peek();
  const options: TurnOptions = {};
  if (instructions.trim() && instructionsAllowed.peek()) options.instructions = instructions.trim();
  if (temperature !== null) options.temperature = temperature;
  if (maxTokens !== null) options.max_tokens = maxTokens;
  return Object.keys(options).length > 0 ? options : undefined;
}

const kBars = { light: '#fbf7f1', dark: '#191512' };

export function startTheme(): void {
  effect(() => {
    const { theme, textSize, density, codeFont } = settings.value;
    document.documentElement.dataset.size = textSize;
    document.documentElement.dataset.density = density;
    const font = codeFont.replace(/[^\p{L}\p{N} _-]/gu, '').trim();
    if (font) document.documentElement.style.setProperty('--code-font', `"${font}"`);
    else document.documentElement.style.removeProperty('--code-font');
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
      const own = meta.media.includes('dark') ? 'dark' : 'light'; // with "system" each tag keeps its own colour
      meta.content = kBars[theme === 'system' ? own : theme];
    }
  });
  addEventListener('storage', (event) => {
    if (event.key === kKey) settings.value = load();
  });
}
