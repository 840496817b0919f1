// What is done to several conversations at once; stands at the foot of the list while they are chosen.

import './more-words.ts';
import { useEffect, useRef } from 'preact/hooks';
import { get, listed, removeMany, setArchivedMany, view } from '../state/conversations.ts';
import { thread } from '../state/thread.ts';
import { tn, t } from '../words.ts';
import { selecting } from './view.ts';

export function Selection({ chosen }: { chosen: ReadonlySet<string> }) {
  const box = useRef<HTMLDivElement>(null);
  const end = (): void => {
    selecting.value = null;
    setTimeout(() => document.querySelector<HTMLElement>('.sidebar .field input')?.focus({ preventScroll: true }));
  };
  useEffect(() => {
    document.querySelector<HTMLElement>('.row-tick input')?.focus({ preventScroll: true });
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || document.querySelector('dialog[open]')) return;
      event.stopPropagation();
      end();
    };
    addEventListener('keydown', onKey, true);
    return () => removeEventListener('keydown', onKey, true);
  }, []);
  const ids = [...chosen].filter((id) => get(id));
  const all = listed.value.length > 0 && listed.value.every((c) => chosen.has(c.id));
  const act = (run: (list: string[]) => void) => (): void => {
    if (ids.length === 0) return;
    run(ids);
    end();
  };
  const none = ids.length === 0;
  return (
    <div class="selection" ref={box}>
      <p role="status">{tn('selected', ids.length)}</p>
      <button type="button" class="button small" onClick={() => (selecting.value = new Set(all ? [] : listed.value.map((c) => c.id)))}>{t(all ? 'select_none' : 'select_all')}</button>
      <div class="selection-ways">
        {view.value === 'all' && <button type="button" class="button" aria-disabled={none} onClick={act((list) => setArchivedMany(list, true))}>{t('archive')}</button>}
        {view.value !== 'deleted' && <button type="button" class="button danger" aria-disabled={none} onClick={act((list) => removeMany(list, thread.peek().id))}>{t('delete')}</button>}
        <button type="button" class="button" onClick={end}>{t('cancel')}</button>
      </div>
    </div>
  );
}
