// Everything by name: actions, chats and models in one list that a search field drives (ARIA combobox pattern).

import './more-words.ts';
import { useEffect, useRef, useState } from 'preact/hooks';
import * as server from '../api.ts';
import { api } from '../base.ts';
import { conversations, setArchived, setPinned, titleOf } from '../state/conversations.ts';
import { models, providerName } from '../state/models.ts';
import { go } from '../state/router.ts';
import { hasAccounts, isAdmin } from '../state/session.ts';
import { change, settings, type Theme } from '../state/settings.ts';
import { current, isTemporary, shown } from '../state/thread.ts';
import { matches } from '../state/tree.ts';
import { t } from '../words.ts';
import { download } from './conversation-menu.tsx';
import { mendFocus } from './dialog.tsx';
import { Icon, type IconName } from './icons.tsx';
import { command, copyLastAnswer, newChat, second, toggleSidebar } from './keys.ts';
import { choose } from './model-picker.tsx';
import { dialog, selecting } from './view.ts';

interface Entry {
  id: string;
  icon: IconName;
  label: string;
  note?: string | undefined; // what else is known of it
  keys?: string[];
  words?: string; // found by these too
  run: () => void;
}

interface Found {
  conversation_id: string;
  title: string;
  message_id: string | null;
  snippet: { text: string }[];
}

const kChats = 7;
const kWaitMs = 180;
const themes: Theme[] = ['light', 'dark', 'system'];

function actions(): Entry[] {
  const here = current.value;
  const answered = shown.value.some((m) => m.role === 'assistant' && m.text);
  const list: (Entry | false | undefined)[] = [
    { id: 'new', icon: 'plus', label: t('new_chat'), keys: [...second, 'N'], run: newChat },
    !isTemporary.value && { id: 'temporary', icon: 'temporary', label: t('temporary'), run: () => go('/temporary') },
    { id: 'model', icon: 'model', label: t('model_choose'), keys: [...second, 'M'], run: () => (dialog.value = 'models') },
    answered && { id: 'copy', icon: 'copy', label: t('key_copy'), keys: [...second, 'C'], run: () => void copyLastAnswer() },
    here && here.revision > 0 && { id: 'export', icon: 'download', label: t('export_markdown'), note: titleOf(here), run: () => download(`${api}/conversations/${here.id}/export?format=markdown`) },
    here && here.revision > 0 && { id: 'json', icon: 'download', label: t('export_json'), note: titleOf(here), run: () => download(`${api}/conversations/${here.id}/export?format=json`) },
    here && { id: 'pin', icon: 'pin', label: here.pinned ? t('unpin') : t('pin'), note: titleOf(here), run: () => setPinned(here.id, !here.pinned) },
    here && here.revision > 0 && !here.archived && { id: 'archive', icon: 'archive', label: t('archive'), note: titleOf(here), run: () => setArchived(here.id, true) },
    ...themes.filter((theme) => theme !== settings.value.theme).map((theme): Entry => ({
      id: `theme-${theme}`, icon: 'theme', label: `${t('theme')}: ${t(`theme_${theme}`)}`, run: () => change({ theme }),
    })),
    { id: 'sidebar', icon: 'panel', label: t('key_sidebar'), keys: [...second, 'S'], run: toggleSidebar },
    { id: 'select', icon: 'check', label: t('select'), run: () => (change({ sidebar: true }), (selecting.value = new Set())) },
    { id: 'settings', icon: 'settings', label: t('settings'), keys: [command, '.'], run: () => (dialog.value = 'settings') },
    { id: 'shortcuts', icon: 'keyboard', label: t('shortcuts'), keys: [command, '/'], run: () => (dialog.value = 'shortcuts') },
    { id: 'everything', icon: 'download', label: t('palette_export_all'), run: () => download(`${api}/export`) },
    hasAccounts.value && { id: 'account', icon: 'user', label: t('account'), run: () => go('/account') },
    isAdmin.value && { id: 'admin', icon: 'shield', label: t('admin'), run: () => go('/admin') },
  ];
  return list.filter((one): one is Entry => !!one);
}

const chatEntries = (query: string): Entry[] =>
  conversations.value.filter((c) => matches(titleOf(c), query)).slice(0, kChats)
    .map((c) => ({ id: `chat-${c.id}`, icon: 'chat' as const, label: titleOf(c), run: () => go(`/c/${c.id}`) }));

const modelEntries = (query: string): Entry[] =>
  models.value.filter((m) => m.available && matches(`${m.name} ${m.id} ${providerName(m.provider)}`, query)).slice(0, 5)
    .map((m) => ({ id: `model-${m.provider}-${m.id}`, icon: 'model' as const, label: m.name, note: providerName(m.provider), run: () => choose(m) }));

// What the server finds in messages, a moment after the last key.
function useMessages(query: string): Entry[] {
  const [found, setFound] = useState<Found[]>([]);
  useEffect(() => {
    if (query.length < 2) return setFound([]);
    const abort = new AbortController();
    const timer = setTimeout(() => {
      server.get<{ results: Found[] }>(`/search?q=${encodeURIComponent(query)}`, { signal: abort.signal })
        .then((page) => setFound(page.results.filter((r) => r.message_id).slice(0, kChats)), () => undefined);
    }, kWaitMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [query]);
  return found.map((r) => ({
    id: `message-${r.message_id}`, icon: 'search' as const, label: r.title || t('new_chat'), note: r.snippet.map((part) => part.text).join('').slice(0, 120),
    run: () => go(`/c/${r.conversation_id}#m=${r.message_id}`),
  }));
}

function Row({ entry, active, onHover, onRun }: { entry: Entry; active: boolean; onHover: () => void; onRun: () => void }) {
  return (
    <div id={`p-${entry.id}`} role="option" class="option" aria-selected={active} data-active={active} onClick={onRun} onPointerMove={() => active || onHover()}>
      <Icon name={entry.icon} size={18} />
      <span class="option-name" dir="auto">{entry.label}</span>
      {entry.note && <span class="option-note one-line" dir="auto">{entry.note}</span>}
      {entry.keys && <span class="option-keys" aria-hidden="true" dir="ltr">{entry.keys.map((key) => <kbd key={key}>{key}</kbd>)}</span>}
    </div>
  );
}

export function Palette() {
  const [query, setQuery] = useState('');
  const [active, setActive] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const wanted = query.trim();
  const messages = useMessages(wanted);
  const fitting = actions().filter((one) => matches(`${one.label} ${one.words ?? ''}`, wanted));
  const groups: [string, Entry[]][] = wanted
    ? [[t('palette_actions'), fitting], [t('conversations'), chatEntries(wanted)], [t('palette_models'), modelEntries(wanted)], [t('search_messages'), messages]]
    : [[t('home_recent'), chatEntries('').slice(0, 4)], [t('palette_actions'), fitting]];
  const all = groups.flatMap(([, list]) => list);
  const usual = wanted ? all[0] : fitting[0];
  const marked = all.find((one) => one.id === active) ?? usual;
  const run = (entry: Entry): void => {
    dialog.value = null; // before what may open another one
    entry.run();
  };
  const move = (by: number): void => {
    const next = all[(all.indexOf(marked!) + by + all.length) % all.length];
    if (!next) return;
    setActive(next.id);
    document.getElementById(`p-${next.id}`)?.scrollIntoView({ block: 'nearest' });
  };
  const close = (): void => void (dialog.peek() === 'palette' && (dialog.value = null));
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    ref.current?.showModal();
    input.current?.focus();
    return () => mendFocus(before);
  }, []);
  const onKey = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown') move(1);
    else if (event.key === 'ArrowUp') move(-1);
    else if (event.key === 'Enter' && marked) run(marked);
    else if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) close();
    else return;
    event.preventDefault();
  };
  return (
    <dialog ref={ref} class="dialog dialog-palette" aria-label={t('palette')} onClose={close} onClick={(event) => event.target === ref.current && close()}>
      <div class="dialog-box">
        <div class="field">
          <Icon name="search" size={18} />
          <input
            ref={input} type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list" aria-label={t('palette')}
            aria-activedescendant={marked ? `p-${marked.id}` : undefined} autocomplete="off" spellcheck={false} enterkeyhint="go"
            placeholder={t('palette_hint')} value={query} onInput={(event) => (setQuery(event.currentTarget.value), setActive(''))} onKeyDown={onKey}
          />
          <button type="button" class="icon-button" aria-label={t('close')} onClick={close}><Icon name="close" /></button>
        </div>
        <div class="options" id="palette-list" role="listbox" aria-label={t('palette')} tabindex={-1}>
          {groups.map(([title, list]) => list.length > 0 && (
            <div key={title} role="group" aria-label={title}>
              <div class="option-head" aria-hidden="true">{title}</div>
              {list.map((one) => <Row key={one.id} entry={one} active={one === marked} onHover={() => setActive(one.id)} onRun={() => run(one)} />)}
            </div>
          ))}
        </div>
        {all.length === 0 && <p class="quiet nothing" role="status">{t('search_none')}</p>}
      </div>
    </dialog>
  );
}
