// The text of an answer. The framework owns one empty element; what is inside belongs to StreamingMarkdown, fed by the
// running turn, or filled at once for a stored answer.

import { useLayoutEffect, useRef } from 'preact/hooks';
import { StreamingMarkdown } from '../../md/stream.ts';
import { colourLater } from '../../md/colour-later.ts';
import { liveOf } from '../state/turns.ts';
import type { Message } from '../state/types.ts';

export function AnswerText({ message }: { message: Message }) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const root = ref.current!;
    const markdown = new StreamingMarkdown(root, { onCode: colourLater });
    const live = liveOf(message.id);
    markdown.append(live ? live.text : message.text);
    if (!live) {
      markdown.finish();
      return undefined;
    }
    const listener = (kind: string, delta: string): void => {
      if (kind === 'text') markdown.append(delta);
      else if (kind === 'end') markdown.finish();
    };
    live.listeners.add(listener);
    return () => {
      live.listeners.delete(listener);
      markdown.destroy();
    };
    // A stored text can change only in another tab; then the key of this component changes with it.
  }, [message.id]);
  return <div ref={ref} class="prose" />;
}

// Reasoning is plain text in its own small window; it grows without the framework too.
export function ReasoningText({ message }: { message: Message }) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const root = ref.current!;
    const live = liveOf(message.id);
    const text = document.createTextNode(live ? live.reasoning : (message.reasoning ?? ''));
    root.replaceChildren(text);
    if (!live) return undefined;
    const listener = (kind: string, delta: string): void => {
      if (kind !== 'reasoning') return;
      const atEnd = root.scrollHeight - root.scrollTop - root.clientHeight < 24;
      text.appendData(delta);
      if (atEnd) root.scrollTop = root.scrollHeight;
    };
    live.listeners.add(listener);
    return () => void live.listeners.delete(listener);
  }, [message.id]);
  return <div ref={ref} class="reasoning-text" dir="auto" tabindex={0} />;
}
