// The text of an answer. The framework owns one empty element; what is inside belongs to StreamingMarkdown, fed by the
// running turn, or filled at once for a stored answer.

import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { liveOf } from '../state/live.ts';
import type { Message } from '../state/types.ts';
import { language } from '../words.ts';
import { loadMarkdown, markdown } from './markdown.ts';

// A stored text differs from what is shown when another device changed it, or when the end of an answer was not seen.
function useStale(live: boolean, text: string, drawn: { current: string }): number {
  const version = useRef(0);
  if (!live && drawn.current !== '' && drawn.current !== text) {
    version.current++;
    drawn.current = '';
  }
  return version.current;
}

export function AnswerText({ message }: { message: Message }) {
  const ref = useRef<HTMLDivElement>(null);
  const drawn = useRef('');
  const module = markdown.value;
  const live = liveOf(message.id);
  const writing = useRef(live); // stays after the end: the text that grew is the text that is kept, nothing is drawn anew
  if (live) writing.current = live;
  const version = useStale(live !== undefined, message.text, drawn);
  useEffect(() => void (module ?? loadMarkdown()), []);
  useLayoutEffect(() => {
    const root = ref.current!;
    drawn.current = live ? live.text : message.text;
    if (!module) {
      root.textContent = drawn.current;
      const plain = (kind: string, delta: string): void => void (kind === 'text' && root.append(delta));
      live?.listeners.add(plain);
      return () => void live?.listeners.delete(plain);
    }
    root.replaceChildren();
    const writer = new module.StreamingMarkdown(root, { onCode: module.drawLater });
    writer.append(drawn.current);
    if (!live) writer.finish();
    const listener = (kind: string, delta: string): void => {
      if (kind === 'end') return writer.finish();
      if (kind !== 'text') return;
      drawn.current += delta;
      writer.append(delta);
    };
    live?.listeners.add(listener);
    return () => {
      live?.listeners.delete(listener);
      writer.destroy();
    };
  }, [message.id, module, version, writing.current, language.value]); // the tools of code blocks have words
  return <div ref={ref} class={module ? 'prose' : 'prose plain'} />;
}

// Reasoning is plain text in its own small window; it grows without the framework too.
export function ReasoningText({ message }: { message: Message }) {
  const ref = useRef<HTMLDivElement>(null);
  const live = liveOf(message.id);
  useLayoutEffect(() => {
    const root = ref.current!;
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
  }, [message.id, live]);
  return <div ref={ref} class="reasoning-text" dir="auto" tabindex={0} />;
}
