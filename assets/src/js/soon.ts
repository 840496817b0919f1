// After the next paint, when nothing more urgent waits, and one thing between two paints: the page goes on answering, and what
// one thing moves is not counted with what another one does. In a tab that nobody sees: when it is looked at.

type Scheduler = { postTask?: (task: () => void, options: { priority: string }) => Promise<void> };

const waiting: (() => void)[] = [];
let going = false;

function next(): void {
  going = waiting.length > 0;
  if (!going) return;
  requestAnimationFrame(() => {
    const run = (): void => {
      const task = waiting.shift();
      next();
      task?.();
    };
    const { scheduler } = globalThis as { scheduler?: Scheduler };
    if (scheduler?.postTask) void scheduler.postTask(run, { priority: 'background' });
    else setTimeout(run, 16);
  });
}

export function soon(task: () => void): () => void {
  waiting.push(task);
  if (!going) next();
  return () => {
    const at = waiting.indexOf(task);
    if (at >= 0) waiting.splice(at, 1);
  };
}
