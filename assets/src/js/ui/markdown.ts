// The formatting of answers comes in a chunk of its own; until it is there an answer is shown as plain text.

import { signal } from '@preact/signals';

type Markdown = typeof import('../md/index.ts');

export const markdown = signal<Markdown | null>(null);
let loading: Promise<void> | undefined;

export function loadMarkdown(): Promise<void> {
  return (loading ??= import('../md/index.ts').then(
    (module) => void (markdown.value = module),
    () => void (loading = undefined), // offline and never fetched before: the next answer asks again
  ));
}
