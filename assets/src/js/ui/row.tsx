// One conversation in the list: opens it, renames it in place, and carries its menu.

import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { rename, titleOf } from '../state/conversations.ts';
import { thread } from '../state/thread.ts';
import { isRunning } from '../state/turns.ts';
import { isUnread } from '../state/unread.ts';
import type { Conversation } from '../state/types.ts';
import { t } from '../words.ts';
import { conversationItems, menuLabel } from './conversation-menu.tsx';
import { Icon } from './icons.tsx';
import { Menu } from './menu.tsx';
import { drawer, selecting } from './view.ts';

export function RenameField({ row, onEnd }: { row: Conversation; onEnd: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  const given = useRef(false);
  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  const end = (keep: boolean): void => {
    if (given.current) return; // Enter removes the field, which blurs it
    given.current = true;
    if (keep) rename(row.id, field.current!.value);
    onEnd();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter') end(true);
    if (event.key === 'Escape') end(false);
    if (event.key === 'Enter' || event.key === 'Escape') event.stopPropagation();
  };
  return (
    <input
      ref={field} class="rename" type="text" dir="auto" maxLength={200} aria-label={t('title_label')} autocomplete="off" defaultValue={titleOf(row)}
      onKeyDown={onKey} onBlur={() => end(true)}
    />
  );
}

// The row held the focus and is gone; the search field is the nearest thing that stays.
function focusSoon(): void {
  setTimeout(() => document.querySelector<HTMLElement>('.sidebar .field input')?.focus({ preventScroll: true }));
}

// While conversations are chosen, a row is a tick box.
function TickRow({ row, chosen }: { row: Conversation; chosen: ReadonlySet<string> }) {
  const tick = (): void => {
    const next = new Set(chosen);
    if (!next.delete(row.id)) next.add(row.id);
    selecting.value = next;
  };
  return (
    <li class={chosen.has(row.id) ? 'row ticked' : 'row'}>
      <label class="row-tick">
        <input type="checkbox" checked={chosen.has(row.id)} onChange={tick} />
        <span class="row-title" dir="auto">{titleOf(row)}</span>
      </label>
    </li>
  );
}

export function Row({ row }: { row: Conversation }) {
  const renaming = useSignal(false);
  const link = useRef<HTMLAnchorElement>(null);
  const here = thread.value.id === row.id;
  const endRename = (): void => {
    renaming.value = false;
    setTimeout(() => document.activeElement === document.body && link.current?.focus()); // unless the person is elsewhere by now
  };
  if (selecting.value) return <TickRow row={row} chosen={selecting.value} />;
  if (renaming.value) return <li class="row"><RenameField row={row} onEnd={endRename} /></li>;
  return (
    <li class={here ? 'row here' : 'row'}>
      <a
        ref={link} href={`/c/${row.id}`} data-go dir="auto" aria-current={here ? 'page' : undefined}
        onClick={() => (drawer.value = false)} onDblClick={() => row.deleted || (renaming.value = true)}
      >
        {isRunning(row.id) && <span class="dot pulse" role="img" aria-label={t('answering')} />}
        {isUnread(row.id) && <span class="dot" role="img" aria-label={t('unread')} />}
        <span class="row-title">{titleOf(row)}</span>
        {row.pinned && <span class="row-pin" role="img" aria-label={t('pinned')}><Icon name="pin" size={14} /></span>}
      </a>
      <Menu id={`menu-${row.id}`} label={menuLabel(row)} items={() => conversationItems(row, () => (renaming.value = true), focusSoon)} />
    </li>
  );
}
