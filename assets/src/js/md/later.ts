// Code is coloured and formulas are drawn when they come near the screen; what does it is loaded on the first one.

import { offerPreview } from './offer-preview.ts';
import { sourceOf } from './source.ts';

type Scheduler = { postTask?: (task: () => void, options: { priority: string }) => Promise<void> };

function inBackground(task: () => void): void {
  const scheduler = (globalThis as { scheduler?: Scheduler }).scheduler;
  if (scheduler?.postTask) void scheduler.postTask(task, { priority: 'background' });
  else setTimeout(task, 0);
}

async function colour(block: HTMLElement): Promise<void> {
  const code = block.querySelector<HTMLElement>('code[class^="language-"]');
  if (!code) return;
  const { highlight } = await import('./highlight.ts');
  inBackground(() => highlight(code));
}

async function formula(node: HTMLElement): Promise<void> {
  const math = await import('./math.ts');
  await math.ready;
  const source = sourceOf(node);
  if (source?.tex !== undefined && !node.classList.contains('drawn')) math.draw(node, source.tex, source.display === true);
}

let observer: IntersectionObserver | undefined;

// For code blocks and formulas alike, when they are complete.
export function drawLater(node: HTMLElement): void {
  offerPreview(node);
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer!.unobserve(target);
        const work = target.classList.contains('math') ? formula(target as HTMLElement) : colour(target as HTMLElement);
        work.catch(() => undefined); // offline before the chunk was kept: plain code and the formula's source are readable too
      }
    },
    { rootMargin: '600px 0px' },
  );
  observer.observe(node);
}
