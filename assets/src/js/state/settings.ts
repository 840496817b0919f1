// Settings in localStorage: there before the first paint, and shared with other tabs.
// Storage may be denied; then they live as long as the page.

import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

export interface Settings {
  theme: Theme;
  language: string; // 'auto' or an id of languages.ts
  enterSends: boolean;
  provider: string | null; // last chosen model, the start for new conversations
  model: string | null;
  sidebar: boolean; // shown on wide screens
}

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

function load(): Settings {
  const defaults: Settings = { theme: 'system', language: 'auto', enterSends: !touch(), provider: null, model: null, sidebar: true };
  try {
    const saved: unknown = JSON.parse(read(kKey) ?? '{}');
    return saved && typeof saved === 'object' ? { ...defaults, ...saved } : defaults;
  } catch {
    return defaults;
  }
}

export const settings = signal<Settings>(load());

export function change(part: Partial<Settings>): void {
  settings.value = { ...settings.peek(), ...part };
  write(kKey, JSON.stringify(settings.peek()));
}

const kBars = { light: '#fbf7f1', dark: '#191512' };

export function startTheme(): void {
  effect(() => {
    const { theme } = settings.value;
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
