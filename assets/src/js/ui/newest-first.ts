// A long conversation shows its newest messages at once; the older ones are put in above them, a few at a time, while the
// page stays usable. What is being read does not move (Pinner.hold).

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Pinner } from '../scroll.ts';
import { soon } from '../soon.ts';

const kColumnPx = 760; // the widest a message gets
const kCharPx2 = 170; // of the screen for each character; answers with lists and code have fewer
const kStepChars = 1000; // at first; then what takes so long that the page goes on answering
const kStepMs = 12;

// Enough to fill this screen and a bit, so that nothing that is seen moves later.
const firstChars = (): number => (1.25 * Math.min(innerWidth, kColumnPx) * innerHeight) / kCharPx2;

// How many messages stay hidden when so many characters (at least one message) are shown before the message `end`.
function above(all: { text: string }[], end: number, chars: number): number {
  let from = end;
  for (let seen = 0; from > 0 && seen < chars; from--) seen += all[from - 1]!.text.length;
  return from;
}

// key: of what is opened; a change begins anew. whole: everything is needed now (a message somewhere above is wanted).
export function useNewestFirst<T extends { text: string }>(all: T[], key: string, whole: boolean, pinner: { current: Pinner | null }): T[] {
  const [, redraw] = useState(0);
  const state = useRef({ key: '', hidden: 0 });
  const step = useRef({ chars: kStepChars, begun: 0 });
  const restore = useRef<(() => void) | null>(null);
  if (state.current.key !== key) state.current = { key, hidden: above(all, all.length, firstChars()) };
  if (whole || state.current.hidden >= all.length) state.current.hidden = 0;
  const { hidden } = state.current;
  useEffect(() => {
    if (hidden === 0) return undefined;
    return soon(() => {
      restore.current = pinner.current?.hold() ?? null;
      step.current.begun = performance.now();
      state.current.hidden = above(all, hidden, step.current.chars);
      redraw((n) => n + 1);
    });
  }, [key, hidden]);
  useLayoutEffect(() => {
    if (!restore.current) return;
    restore.current();
    restore.current = null;
    step.current.chars *= Math.max(0.5, Math.min(2, kStepMs / (performance.now() - step.current.begun)));
  }, [hidden]);
  return hidden > 0 ? all.slice(hidden) : all;
}
