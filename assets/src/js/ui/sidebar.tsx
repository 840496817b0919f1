// The list of conversations: pinned ones first, then by age, in pages; the archive and what was deleted; the search.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { conversationsLoaded, hasMore, listed, loadPage, show, view } from '../state/conversations.ts';
import { go } from '../state/router.ts';
import { hasAccounts, isAdmin, signOut, user } from '../state/session.ts';
import { change } from '../state/settings.ts';
import { toast } from '../state/status.ts';
import { groupOf, type Group } from '../state/tree.ts';
import type { Conversation } from '../state/types.ts';
import { t } from '../words.ts';
import { Icon, Mark } from './icons.tsx';
import { newChat } from './keys.ts';
import { Menu, type MenuItem } from './menu.tsx';
import { Row } from './row.tsx';
import { lazy } from './lazy.tsx';
import { dialog, drawer, isNarrow, removing, selecting } from './view.ts';

const SearchResults = lazy(() => import('./search.tsx').then((module) => module.SearchResults));
const Selection = lazy(() => import('./selection.tsx').then((module) => module.Selection));
const order: Group[] = ['today', 'yesterday', 'week', 'month', 'older'];

function Section({ title, rows }: { title: string; rows: Conversation[] }) {
  if (rows.length === 0) return null;
  return (
    <section>
      <h2 class="group">{title}</h2>
      <ul>{rows.map((row) => <Row key={row.id} row={row} />)}</ul>
    </section>
  );
}

// The next page comes when the end of the list does, or by its button.
function More() {
  const button = useRef<HTMLButtonElement>(null);
  const more = (): void => void loadPage(view.peek());
  useEffect(() => {
    const observer = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && more());
    observer.observe(button.current!);
    return () => observer.disconnect();
  }, [listed.value.length]);
  return <button ref={button} type="button" class="button more" onClick={more}>{t('show_more')}</button>;
}

function List() {
  const rows = listed.value;
  const now = Date.now();
  const kept = rows.filter((c) => view.value === 'all' && c.pinned);
  const others = rows.filter((c) => !kept.includes(c));
  return (
    <>
      {rows.length === 0 && conversationsLoaded.value && <p class="quiet nothing">{t(view.value === 'all' ? 'no_conversations' : view.value === 'archived' ? 'no_archived' : 'no_deleted')}</p>}
      <Section title={t('pinned')} rows={kept} />
      {order.map((group) => <Section key={group} title={t(`group_${group}`)} rows={others.filter((c) => groupOf(c.updated, now) === group)} />)}
      {hasMore.value && <More />}
    </>
  );
}

// The archive and what was deleted are rooms of their own, with a way back.
function ViewHead() {
  return (
    <div class="view-head">
      <button type="button" class="icon-button small" aria-label={t('back_to_all')} onClick={() => show('all')}><Icon name="left" size={18} /></button>
      <p>{t(view.value === 'archived' ? 'view_archived' : 'view_deleted')}</p>
      {view.value === 'deleted' && <p class="quiet">{t('deleted_hint')}</p>}
      {view.value === 'deleted' && listed.value.length > 0 && <button type="button" class="text-button" onClick={() => (removing.value = '')}>{t('empty_trash')}</button>}
    </div>
  );
}

async function leave(): Promise<void> {
  try {
    await signOut();
    if (!user.peek()) go('/login'); // who signed in again meanwhile is where the chat is
  } catch {
    toast(t('not_signed_out'));
  }
}

function footItems(): MenuItem[] {
  const to = (path: string) => (): void => {
    drawer.value = false;
    go(path);
  };
  const items: (MenuItem | false)[] = [
    { icon: 'user', label: t('account'), run: to('/account') },
    isAdmin.peek() && { icon: 'shield', label: t('admin'), run: to('/admin') },
    { icon: 'search', label: t('palette'), run: () => (dialog.value = 'palette') },
    { icon: 'check', label: t('select'), run: () => (selecting.value = new Set()) },
    { icon: 'archive', label: t('view_archived'), run: () => show('archived') },
    { icon: 'trash', label: t('view_deleted'), run: () => show('deleted') },
    hasAccounts.peek() && { icon: 'leave', label: t('sign_out'), run: () => void leave() },
  ];
  return items.filter((item) => item !== false);
}

function Foot() {
  return (
    <div class="sidebar-foot">
      <button type="button" class="foot-button" aria-haspopup="dialog" onClick={() => (dialog.value = 'settings')}><Icon name="settings" size={18} />{t('settings')}</button>
      {hasAccounts.value && user.value && <span class="foot-name" dir="auto">{user.value.name}</span>}
      <Menu id="menu-foot" label={t('menu_more')} items={footItems} />
    </div>
  );
}

export function Sidebar() {
  const query = useSignal('');
  const wanted = query.value.trim();
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
        <input
          type="search" aria-label={t('search')} placeholder={t('search')} autocomplete="off" value={query.value}
          onInput={(event) => (query.value = event.currentTarget.value)}
        />
      </div>
      {view.value !== 'all' && !wanted && <ViewHead />}
      <div class="rows">{wanted ? <SearchResults query={wanted} /> : <List />}</div>
      {selecting.value ? <Selection chosen={selecting.value} /> : <Foot />}
    </nav>
  );
}
