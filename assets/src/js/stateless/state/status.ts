// What the page says outside the conversation: the network, messages that pass, and words for screen readers.

import { signal } from '@preact/signals';

export const online = signal(navigator.onLine);
export const spoken = signal(''); // role=status
export const alarmed = signal(''); // role=alert
export const updateReady = signal<(() => void) | null>(null); // a new version waits; the call takes it
export const now = signal(Date.now()); // ticks once a second while something counts down

export interface Toast {
  id: number;
  text: string;
  action?: { label: string; run: () => void } | undefined;
}

export const toasts = signal<Toast[]>([]);
let nextToast = 1;

// onEnd runs when the toast goes away without its action having been used.
export function toast(text: string, options: { action?: Toast['action']; ms?: number; onEnd?: () => void } = {}): void {
  const id = nextToast++;
  const end = (used: boolean): void => {
    clearTimeout(timer);
    toasts.value = toasts.peek().filter((t) => t.id !== id);
    if (!used) options.onEnd?.();
  };
  const action = options.action && {
    label: options.action.label,
    run: () => {
      options.action!.run();
      end(true);
    },
  };
  toasts.value = [...toasts.peek().slice(-2), { id, text, action }];
  const timer = setTimeout(() => end(false), options.ms ?? 4000);
  say(text);
}

// Set through an empty text so that the same words are spoken again, and cleared so that they are not found later.
export function say(text: string, urgent = false): void {
  const region = urgent ? alarmed : spoken;
  region.value = '';
  setTimeout(() => {
    region.value = text;
    setTimeout(() => {
      if (region.peek() === text) region.value = '';
    }, 5000);
  }, 60);
}

let ticking: ReturnType<typeof setInterval> | undefined;

// Counts until `time` has passed; several callers share one clock.
let until = 0;
export function countTo(time: number): void {
  until = Math.max(until, time);
  now.value = Date.now();
  ticking ??= setInterval(() => {
    now.value = Date.now();
    if (now.peek() <= until) return;
    clearInterval(ticking);
    ticking = undefined;
  }, 1000);
}

export function startNetwork(): void {
  addEventListener('online', () => (online.value = true));
  addEventListener('offline', () => (online.value = false));
}
