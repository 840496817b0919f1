// After the next paint, when nothing more urgent waits. In a tab that nobody sees: when it is looked at.

type Scheduler = { postTask?: (task: () => void, options: { priority: string; signal: AbortSignal }) => Promise<void> };

export function soon(task: () => void): () => void {
  const abort = new AbortController();
  const scheduler = (globalThis as { scheduler?: Scheduler }).scheduler;
  const frame = requestAnimationFrame(() => {
    if (scheduler?.postTask) scheduler.postTask(task, { priority: 'background', signal: abort.signal }).catch(() => undefined);
    else setTimeout(() => abort.signal.aborted || task(), 16);
  });
  return () => {
    cancelAnimationFrame(frame);
    abort.abort();
  };
}
