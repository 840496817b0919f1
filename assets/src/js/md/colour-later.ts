// Colours a code block when it comes near the screen, in the background; the highlighter is loaded on the first one.

type Scheduler = { postTask?: (task: () => void, options: { priority: string }) => Promise<void> };

function inBackground(task: () => void): void {
  const scheduler = (globalThis as { scheduler?: Scheduler }).scheduler;
  if (scheduler?.postTask) void scheduler.postTask(task, { priority: 'background' });
  else setTimeout(task, 0);
}

async function colour(block: HTMLElement): Promise<void> {
  const code = block.querySelector<HTMLElement>('code[class^="language-"]');
  if (!code) return;
  try {
    const { highlight } = await import('./highlight.ts');
    inBackground(() => highlight(code));
  } catch {
    // Offline before the chunk was kept: plain code is readable too.
  }
}

let observer: IntersectionObserver | undefined;

export function colourLater(block: HTMLElement): void {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        observer!.unobserve(entry.target);
        void colour(entry.target as HTMLElement);
      }
    },
    { rootMargin: '600px 0px' },
  );
  observer.observe(block);
}
