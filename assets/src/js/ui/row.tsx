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
import { drawer } from './view.ts';

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

export function Row({ row }: { row: Conversation }) {
  const renaming = useSignal(false);
  const link = useRef<HTMLAnchorElement>(null);
  const here = thread.value.id === row.id;
  const endRename = (): void => {
    renaming.value = false;
    setTimeout(() => document.activeElement === document.body && link.current?.focus()); // unless the person is elsewhere by now
  };
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
