// Offering to install the app: once, after it has been used in earnest, and in the settings at any time. Chromium hands out
// a prompt that can be shown later; Safari has none, so pictures say what to tap.

import { computed, effect, signal } from '@preact/signals';
import { finished } from './unread.ts';

const kKey = 'whinchat.install';
const kAnswers = 5; // that have been read, over all visits

interface Prompt extends Event {
  prompt(): Promise<{ outcome: string }>;
}

interface Kept {
  answers: number;
  shown: boolean;
}

export const prompt = signal<Prompt | null>(null);
const kept = signal<Kept>({ answers: 0, shown: false });
export const hint = signal(false);

export const onApple = /iPhone|iPad/.test(navigator.userAgent) || (navigator.platform === 'MacIntel' && navigator.maxTouchPoints > 1);
export const installed = (): boolean => matchMedia('(display-mode: standalone)').matches || (navigator as { standalone?: boolean }).standalone === true;
export const installable = computed(() => !installed() && isSecureContext && (prompt.value !== null || onApple));

function save(next: Kept): void {
  kept.value = next;
  try {
    localStorage.setItem(kKey, JSON.stringify(next));
  } catch {
    // Denied: then the hint may come again on the next visit.
  }
}

export async function install(): Promise<void> {
  hint.value = false;
  const shown = prompt.peek();
  prompt.value = null; // it can be shown once
  await shown?.prompt().catch(() => undefined);
}

export function startInstall(): void {
  try {
    kept.value = { ...kept.peek(), ...(JSON.parse(localStorage.getItem(kKey) ?? '{}') as Partial<Kept>) };
  } catch {
    // nothing is known
  }
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault(); // the browser's own bar would come whenever it likes
    prompt.value = event as Prompt;
  });
  addEventListener('appinstalled', () => {
    hint.value = false;
    prompt.value = null;
  });
  if (installed()) {
    void navigator.storage?.persist?.().catch(() => undefined); // an installed app's outbox is not for the browser to clean up
    return;
  }
  let counted = finished.peek();
  effect(() => {
    const now = finished.value;
    if (now > counted && !kept.peek().shown) save({ ...kept.peek(), answers: kept.peek().answers + now - counted });
    counted = now;
    if (kept.peek().shown || kept.peek().answers < kAnswers || !installable.value) return;
    save({ ...kept.peek(), shown: true });
    hint.value = true;
  });
}
