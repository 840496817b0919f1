// The chat interface: sidebar, top bar, thread and composer, and what stands around them on every page.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { restore, row, titleOf } from './state/conversations.ts';
import { onlyDemo } from './state/models.ts';
import { go, page } from './state/router.ts';
import { isAdmin, session, signedIn, unreachable } from './state/session.ts';
import { change, settings } from './state/settings.ts';
import { current, isTemporary, shown, thread } from './state/thread.ts';
import { Composer } from './ui/composer.tsx';
import { conversationItems, menuLabel } from './ui/conversation-menu.tsx';
import { Home } from './ui/home.tsx';
import { hint } from './state/install.ts';
import { unread } from './state/unread.ts';
import { Icon } from './ui/icons.tsx';
import { lazy } from './ui/lazy.tsx';
import { Log } from './ui/log.tsx';
import { Menu } from './ui/menu.tsx';
import { NotHere, Unreachable } from './ui/not-here.tsx';
import { Bars, Spoken, Toasts } from './ui/notices.tsx';
import { RenameField } from './ui/row.tsx';
import { newChat, onShortcut } from './ui/keys.ts';
import { Sidebar } from './ui/sidebar.tsx';
import { dialog, drawer, focusComposer, isNarrow, removing } from './ui/view.ts';
import { t } from './words.ts';

const RemoveForGood = lazy(() => import('./ui/remove-for-good.tsx').then((module) => module.RemoveForGood));
const entrance = () => import('./people/entrance.tsx');
const account = () => import('./people/account.tsx');
const admin = () => import('./people/admin.tsx');
const figures = () => import('./people/figures.tsx');
const Entrance = lazy(() => entrance().then((module) => module.Entrance));
const Account = lazy(() => account().then((module) => module.Account));
const Admin = lazy(() => admin().then((module) => module.Admin));
const InstallHint = lazy(() => import('./ui/install-hint.tsx').then((module) => module.InstallHint));
const Settings = lazy(() => import('./ui/settings.tsx').then((module) => module.Settings));
const Palette = lazy(() => import('./ui/palette.tsx').then((module) => module.Palette));
const Shortcuts = lazy(() => import('./ui/shortcuts.tsx').then((module) => module.Shortcuts));
const ModelPicker = lazy(() => import('./ui/model-picker.tsx').then((module) => module.ModelPicker));

// Asks for the part that an address needs, before it is known who is here.
export function fetchPart(path: string): void {
  const part = /^\/account\b/.test(path) ? account : /^\/admin\b/.test(path) ? admin : /^\/(login|setup|register)$/.test(path) ? entrance : undefined;
  part?.().catch(() => undefined); // asked again when it is shown
  if (/^\/(admin(\/(overview|usage))?|account\/usage)$/.test(path)) figures().catch(() => undefined);
}

function TopBar({ sidebar }: { sidebar: boolean }) {
  const renaming = useSignal(false);
  const here = current.value;
  const empty = thread.value.state === 'ready' && shown.value.length === 0;
  const open = (): void => {
    if (isNarrow.value) drawer.value = true;
    else change({ sidebar: true });
    setTimeout(() => document.querySelector<HTMLElement>('.sidebar-head .icon-button')?.focus());
  };
  return (
    <header class="top">
      {!sidebar && (
        <button type="button" class="icon-button open-sidebar" aria-label={t('open_sidebar')} aria-expanded={false} aria-controls="sidebar" onClick={open}>
          <Icon name={isNarrow.value ? 'menu' : 'panel'} />
        </button>
      )}
      {renaming.value && here ? <RenameField row={here} onEnd={() => (renaming.value = false)} /> : (
        <h1 class="top-title" dir="auto">{isTemporary.value ? t('temporary') : titleOf(here)}</h1>
      )}
      {onlyDemo.value && <span class="tag">{t('demo_short')}</span>}
      {empty && (
        <button
          type="button" class="icon-button" aria-pressed={isTemporary.value} aria-label={t('temporary')} title={t('temporary')}
          onClick={() => go(isTemporary.value ? '/chat' : '/temporary')}
        >
          <Icon name="temporary" />
        </button>
      )}
      {here && <Menu id="menu-top" label={menuLabel(here)} items={() => conversationItems(here, () => (renaming.value = true), () => undefined)} />}
      {(!sidebar || isNarrow.value) && (
        <button type="button" class="icon-button" aria-label={t('new_chat')} onClick={newChat}><Icon name="plus" /></button>
      )}
    </header>
  );
}

// The drawer closes by Escape and by the phone's back gesture, where the browser offers it.
function useDrawerClosing(): void {
  const open = drawer.value;
  useEffect(() => {
    if (!open) return undefined;
    const close = (): void => {
      drawer.value = false;
      setTimeout(() => document.querySelector<HTMLElement>('.open-sidebar')?.focus());
    };
    const Watcher = (globalThis as { CloseWatcher?: new () => { onclose: (() => void) | null; destroy(): void } }).CloseWatcher;
    if (Watcher) {
      const watcher = new Watcher();
      watcher.onclose = close;
      return () => watcher.destroy();
    }
    // Without it the drawer is an entry of the history, which going back (a swipe, on some phones) takes away.
    const onKey = (event: KeyboardEvent): void => void (event.key === 'Escape' && close());
    history.pushState({ drawer: true }, '');
    addEventListener('keydown', onKey);
    addEventListener('popstate', close);
    return () => {
      removeEventListener('keydown', onKey);
      removeEventListener('popstate', close);
      if ((history.state as { drawer?: boolean } | null)?.drawer) history.back();
    };
  }, [open]);
}

function Dock() {
  const { id } = thread.value;
  const here = id ? row(id) : undefined;
  if (here?.deleted) {
    return (
      <div class="dock">
        <p class="bar-note deleted-note"><span>{t('is_deleted')}</span><button type="button" class="button main" onClick={() => void restore(here.id)}>{t('restore')}</button></p>
      </div>
    );
  }
  return <div class="dock"><Composer key={id ?? 'new'} conversation={id} /></div>;
}

function Chat() {
  useDrawerClosing();
  const narrow = isNarrow.value;
  const sidebar = narrow ? drawer.value : settings.value.sidebar;
  const { state } = thread.value;
  return (
    <div class={narrow ? 'shell narrow' : 'shell'} data-sidebar={sidebar}>
      {sidebar && <Sidebar />}
      {narrow && drawer.value && <div class="shade" onClick={() => (drawer.value = false)} />}
      <main class="pane" id="main" inert={narrow && drawer.value}>
        <TopBar sidebar={sidebar} />
        <Bars />
        {state === 'missing' && <NotHere title={t('missing_title')} text={t('missing_text')} />}
        {state === 'unreachable' && <NotHere title={t('unread_title')} text={t('unread_text')} />}
        {(state === 'ready' || state === 'loading') && <><Log /><Dock /></>}
      </main>
    </div>
  );
}

function useShortcuts(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => void (signedIn.peek() && onShortcut(event));
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

const entrances = new Set(['login', 'setup', 'register']);

function Page() {
  const at = page.value;
  if (unreachable.value) return <Unreachable />;
  if (!signedIn.value || (entrances.has(at.name) && session.value?.mode === 'accounts')) return <Entrance />;
  switch (at.name) {
    case 'home': return <><Bars /><Home /></>;
    case 'chat': return <Chat />;
    case 'account': return <Account section={at.section} />;
    case 'admin': if (isAdmin.value) return <Admin section={at.section} />;
  }
  return <main class="pane alone"><NotHere title={t('unknown_title')} text={t('unknown_text')} /></main>;
}

// Keyboards go past the list to the field, or past the navigation to the page.
function Skip() {
  const field = signedIn.value && (page.value.name === 'chat' || page.value.name === 'home');
  const skip = (event: Event): void => {
    event.preventDefault();
    if (field) return focusComposer();
    const main = document.getElementById('main');
    main?.setAttribute('tabindex', '-1');
    main?.focus();
  };
  return <a class="skip" href={field ? '#message' : '#main'} inert={isNarrow.value && drawer.value} onClick={skip}>{t(field ? 'skip' : 'skip_page')}</a>;
}

function titleOfPage(): string {
  const at = page.value;
  if (at.name !== 'chat' || !signedIn.value) return t('app');
  return `${isTemporary.value ? t('temporary') : titleOf(current.value)} – ${t('app')}`;
}

export function App() {
  useShortcuts();
  const waiting = unread.value.length;
  const title = (waiting > 0 ? `(${waiting}) ` : '') + titleOfPage();
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <>
      <Skip />
      <Page />
      {hint.value && signedIn.value && <InstallHint />}
      {dialog.value === 'settings' && <Settings />}
      {dialog.value === 'models' && <ModelPicker />}
      {removing.value !== null && <RemoveForGood key={removing.value} />}
      {dialog.value === 'palette' && <Palette />}
      {dialog.value === 'shortcuts' && <Shortcuts />}
      <Toasts />
      <Spoken />
    </>
  );
}
