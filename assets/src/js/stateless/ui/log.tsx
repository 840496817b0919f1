// The thread: messages of the shown branch, pinned to the newest while the person does not look elsewhere.

import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { copyText } from '../state/clipboard.ts';
import { shown, thread } from '../state/conversations.ts';
import { say, toast } from '../state/status.ts';
import { codeText } from '../../md/code-text.ts';
import { Pinner } from '../../scroll.ts';
import { t } from '../words.ts';
import { Icon } from './icons.tsx';
import { Answer, Question } from './message.tsx';
import { Welcome } from './welcome.tsx';

// Copy buttons of code blocks are built by the Markdown module; their clicks arrive here.
async function onCodeCopy(event: MouseEvent): Promise<void> {
  const button = (event.target as Element).closest<HTMLElement>('[data-copy="code"]');
  const code = button?.closest('.code')?.querySelector('pre code');
  if (!button || !code) return;
  if (!(await copyText(codeText(code)))) return toast(t('copy_failed'));
  say(t('copied'));
  button.textContent = t('copied');
  setTimeout(() => (button.textContent = t('copy')), 1600);
}

export function Log() {
  const log = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const pinner = useRef<Pinner | null>(null);
  const away = useSignal(false);
  const editing = useSignal<string | null>(null);
  const id = useComputed(() => thread.value.id);
  const last = useComputed(() => shown.value.at(-1)?.id);

  useLayoutEffect(() => {
    const made = new Pinner(log.current!, content.current!);
    pinner.current = made;
    const end = made.pinned.subscribe((pinned) => (away.value = !pinned));
    return () => {
      end();
      made.destroy();
    };
  }, []);
  // Opening a conversation lands on its newest message; so does sending.
  const empty = thread.value.state === 'ready' && shown.value.length === 0;
  useLayoutEffect(() => (empty ? pinner.current?.toTop() : pinner.current?.toNewest()), [id.value, last.value, thread.value.state]);
  useEffect(() => void (editing.value = null), [id.value]);

  return (
    <div class="log-frame">
      <div class="log" ref={log} role="log" aria-live="off" aria-label={t('conversation')} tabindex={0} onClick={(event) => void onCodeCopy(event)}>
        <div class={empty ? 'thread empty' : 'thread'} ref={content}>
          {empty && <Welcome />}
          {shown.value.map((m) => m.role === 'user' ? (
            <Question key={m.id} message={m} editing={editing.value === m.id} onEdit={(on) => (editing.value = on ? m.id : null)} />
          ) : (
            <Answer key={m.id} message={m} onEditQuestion={() => (editing.value = m.parent)} />
          ))}
        </div>
      </div>
      {away.value && !empty && (
        <button type="button" class="round to-newest" aria-label={t('to_newest')} onClick={() => pinner.current?.toNewest()}>
          <Icon name="down" />
        </button>
      )}
    </div>
  );
}
