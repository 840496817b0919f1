// Answers that are being written now. The text grows outside the framework: whoever shows it listens.

import { signal } from '@preact/signals';
import type { Message } from './types.ts';

export type LiveEvent = 'text' | 'reasoning' | 'end';

export class Live {
  text = '';
  reasoning = '';
  started = performance.now();
  firstMs: number | undefined;
  reasoningMs: number | undefined;
  readonly listeners = new Set<(kind: LiveEvent, delta: string) => void>();

  // measures: it is followed from its first moment, so its times mean something
  constructor(readonly id: string, readonly conversation: string, private readonly measures: boolean) {}

  grow(kind: 'text' | 'reasoning', delta: string): void {
    const passed = performance.now() - this.started;
    if (this.firstMs === undefined) this.firstMs = passed;
    if (kind === 'text' && this.reasoning && this.reasoningMs === undefined) this.reasoningMs = passed - this.firstMs;
    this[kind] += delta;
    for (const listener of this.listeners) listener(kind, delta);
  }

  // What the row is now, with what only this page could measure.
  snapshot(row: Message): Message {
    const now: Message = { ...row, text: this.text };
    if (this.reasoning) now.reasoning = this.reasoning;
    if (!this.measures) return now;
    if (this.reasoningMs !== undefined) now.reasoningMs = this.reasoningMs;
    if (this.firstMs !== undefined) now.firstMs = this.firstMs;
    return now;
  }
}

const live = new Map<string, Live>(); // by the answer's id
const version = signal(0);
export const liveOf = (answer: string): Live | undefined => live.get(answer);
export const liveIn = (conversation: string): Live | undefined => {
  void version.value;
  return [...live.values()].find((one) => one.conversation === conversation);
};
export const anyLive = (): boolean => version.value >= 0 && live.size > 0;

export function begin(one: Live): void {
  live.set(one.id, one);
  version.value++;
}

// Nobody shows it any more; it is not over.
export function abandon(one: Live): void {
  live.delete(one.id);
  one.listeners.clear();
  version.value++;
}

export function finish(one: Live): void {
  live.delete(one.id);
  version.value++;
  for (const listener of one.listeners) listener('end', '');
}
