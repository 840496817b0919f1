// The list of conversations: search by title, grouped by age, rename in place, delete with undo.

import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { conversations, conversationsLoaded, remove, rename, thread } from '../state/conversations.ts';
import { go } from '../state/router.ts';
import { groupOf, matches, type Group } from '../state/tree.ts';
import { isRunning } from '../state/turns.ts';
import type { Conversation } from '../state/types.ts';
import { t } from '../words.ts';
import { Icon, Mark } from './icons.tsx';
import { Menu } from './menu.tsx';
import { dialog, drawer, focusComposer, isNarrow, isTouch } from './view.ts';
import { change } from '../state/settings.ts';

const order: Group[] = ['today', 'yesterday', 'week', 'month', 'older'];

export function newChat(): void {
  go('/chat');
  drawer.value = false;
  if (!isTouch()) setTimeout(focusComposer);
}

function RenameField({ row, onEnd }: { row: Conversation; onEnd: () => void }) {
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
      ref={field} class="rename" type="text" dir="auto" maxLength={200} aria-label={t('title_label')} defaultValue={row.title}
      onKeyDown={onKey} onBlur={() => end(true)}
    />
  );
}

function Row({ row }: { row: Conversation }) {
  const renaming = useSignal(false);
  const link = useRef<HTMLAnchorElement>(null);
  const here = thread.value.id === row.id;
  const endRename = (): void => {
    renaming.value = false;
    setTimeout(() => link.current?.focus());
  };
  if (renaming.value) return <li class="row"><RenameField row={row} onEnd={endRename} /></li>;
  return (
    <li class={here ? 'row here' : 'row'}>
      <a
        ref={link} href={`/c/${row.id}`} data-go dir="auto" aria-current={here ? 'page' : undefined}
        onClick={() => (drawer.value = false)} onDblClick={() => (renaming.value = true)}
      >
        {isRunning(row.id) && <span class="dot pulse" role="img" aria-label={t('answering')} />}
        <span class="row-title">{row.title}</span>
      </a>
      <Menu
        id={`menu-${row.id}`} label={t('more_for', { title: row.title })}
        items={[
          { icon: 'edit', label: t('rename'), run: () => (renaming.value = true) },
          { icon: 'trash', label: t('delete'), danger: true, run: () => (remove(row.id), focusSoon()) },
        ]}
      />
    </li>
  );
}

// The deleted row held the focus; the search field is the nearest thing that stays.
function focusSoon(): void {
  setTimeout(() => document.querySelector<HTMLElement>('.sidebar .field input')?.focus({ preventScroll: true }));
}

function List({ query }: { query: string }) {
  const found = query ? conversations.value.filter((c) => matches(c.title, query)) : conversations.value;
  if (found.length === 0) return <p class="quiet nothing">{!conversationsLoaded.value ? '' : query ? t('search_none') : t('no_conversations')}</p>;
  const now = Date.now();
  const groups = order.map((group) => [group, found.filter((c) => groupOf(c.updated, now) === group)] as const).filter(([, rows]) => rows.length);
  return (
    <>
      {groups.map(([group, rows]) => (
        <section key={group}>
          <h2 class="group">{t(`group_${group}`)}</h2>
          <ul>{rows.map((row) => <Row key={row.id} row={row} />)}</ul>
        </section>
      ))}
    </>
  );
}

export function Sidebar() {
  const query = useSignal('');
  const close = (): void => {
    if (isNarrow.value) drawer.value = false;
    else change({ sidebar: false });
    setTimeout(() => document.querySelector<HTMLElement>('.open-sidebar')?.focus());
  };
  return (
    <nav class="sidebar" id="sidebar" aria-label={t('conversations')}>
      <div class="sidebar-head">
        <a class="brand" href="/" data-go onClick={() => (drawer.value = false)}><Mark size={30} /><span>{t('app')}</span></a>
        <button type="button" class="icon-button" aria-label={t('close_sidebar')} onClick={close}>
          <Icon name={isNarrow.value ? 'close' : 'panel'} />
        </button>
      </div>
      <button type="button" class="button new-chat" onClick={newChat}><Icon name="plus" size={18} />{t('new_chat')}</button>
      <div class="field">
        <Icon name="search" size={18} />
        <input type="search" aria-label={t('search')} placeholder={t('search')} value={query.value} onInput={(event) => (query.value = event.currentTarget.value)} />
      </div>
      <div class="rows"><List query={query.value.trim()} /></div>
      <div class="sidebar-foot">
        <button type="button" class="foot-button" aria-haspopup="dialog" onClick={() => (dialog.value = 'settings')}><Icon name="settings" size={18} />{t('settings')}</button>
      </div>
    </nav>
  );
}
