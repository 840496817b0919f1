// The thread: messages of the shown branch, pinned to the newest while the person does not look elsewhere.

import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { fragment } from '../state/router.ts';
import { isTemporary, shown, showMessage, thread } from '../state/thread.ts';
import { Pinner } from '../scroll.ts';
import { t } from '../words.ts';
import { Icon } from './icons.tsx';
import { Answer, Question, Summary } from './message.tsx';
import { useNewestFirst } from './newest-first.ts';
import { editing } from './view.ts';
import { Welcome } from './welcome.tsx';

export function Log() {
  const log = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const pinner = useRef<Pinner | null>(null);
  const away = useSignal(false);
  const fresh = useSignal(false);
  const id = useComputed(() => thread.value.id);
  const last = useComputed(() => shown.value.at(-1)?.id);

  useLayoutEffect(() => {
    const made = new Pinner(log.current!, content.current!);
    pinner.current = made;
    const ends = [made.pinned.subscribe((pinned) => (away.value = !pinned)), made.fresh.subscribe((on) => (fresh.value = on))];
    return () => {
      for (const end of ends) end();
      made.destroy();
    };
  }, []);
  // Opening a conversation lands on its newest message; so does sending.
  const empty = thread.value.state === 'ready' && shown.value.length === 0;
  useLayoutEffect(() => (empty ? pinner.current?.toTop() : pinner.current?.toNewest()), [id.value, last.value, thread.value.state]);
  useEffect(() => void (editing.value = null), [id.value]);
  // A search result leads to its message.
  const wanted = /^m=([\w-]{1,64})$/.exec(fragment.value)?.[1];
  const ready = thread.value.state === 'ready' && thread.value.messages.some((m) => m.id === wanted);
  useEffect(() => {
    if (!wanted || !ready) return;
    showMessage(wanted);
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const found = document.getElementById(`message-${wanted}`);
      if (!found) return;
      pinner.current?.release();
      found.scrollIntoView({ block: 'center' });
      found.classList.add('found');
      found.focus({ preventScroll: true });
      setTimeout(() => found.classList.remove('found'), 2500);
    }));
  }, [wanted, ready, id.value]);

  const messages = useNewestFirst(shown.value, `${id.value} ${thread.value.state}`, wanted !== undefined, pinner);
  return (
    <div class="log-frame">
      <div class="log" ref={log} role="log" aria-live="off" aria-label={t('conversation')} tabindex={0}>
        <div class={empty ? 'thread empty' : 'thread'} ref={content}>
          {empty && <Welcome />}
          {isTemporary.value && <p class="temporary-note">{t('temporary_text')}</p>}
          {messages.map((m) => m.summary || m.role === 'system' ? <Summary key={m.id} message={m} /> : m.role === 'user' ? (
            <Question key={m.id} message={m} editing={editing.value === m.id} onEdit={(on) => (editing.value = on ? m.id : null)} />
          ) : (
            <Answer key={m.id} message={m} onEditQuestion={() => (editing.value = m.parent)} />
          ))}
        </div>
      </div>
      {away.value && !empty && (
        <button type="button" class="round to-newest" aria-label={t('to_newest')} onClick={() => pinner.current?.toNewest()}>
          <Icon name="down" />
          {fresh.value && <span class="dot" />}
        </button>
      )}
    </div>
  );
}
