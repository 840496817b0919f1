// The chat interface: sidebar, top bar, thread and composer, and what stands around them on every page.

import { useEffect } from 'preact/hooks';
import { current, thread } from './state/conversations.ts';
import { onlyDemo } from './state/models.ts';
import { page } from './state/router.ts';
import { change, settings } from './state/settings.ts';
import { Composer } from './ui/composer.tsx';
import { Home } from './ui/home.tsx';
import { Icon, Mark } from './ui/icons.tsx';
import { Log } from './ui/log.tsx';
import { ModelPicker } from './ui/model-picker.tsx';
import { Bars, Spoken, Toasts } from './ui/notices.tsx';
import { Settings } from './ui/settings.tsx';
import { newChat, Sidebar } from './ui/sidebar.tsx';
import { dialog, drawer, focusComposer, isNarrow } from './ui/view.ts';
import { t } from './words.ts';

function NotHere({ title, text }: { title: string; text: string }) {
  return (
    <div class="not-here">
      <Mark size={56} />
      <h1>{title}</h1>
      <p class="quiet">{text}</p>
      <p class="not-here-ways">
        <a class="button main" href="/chat" data-go>{t('new_chat')}</a>
        <a class="button" href="/" data-go>{t('to_start')}</a>
      </p>
    </div>
  );
}

function TopBar({ sidebar }: { sidebar: boolean }) {
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
      <h1 class="top-title" dir="auto">{current.value?.title ?? t('new_chat')}</h1>
      {onlyDemo.value && <span class="tag">{t('demo_short')}</span>}
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
    const onKey = (event: KeyboardEvent): void => void (event.key === 'Escape' && close());
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [open]);
}

function Chat() {
  useDrawerClosing();
  const narrow = isNarrow.value;
  const sidebar = narrow ? drawer.value : settings.value.sidebar;
  const { id, state } = thread.value;
  return (
    <div class={narrow ? 'shell narrow' : 'shell'} data-sidebar={sidebar}>
      {sidebar && <Sidebar />}
      {narrow && drawer.value && <div class="shade" onClick={() => (drawer.value = false)} />}
      <main class="pane" id="main" inert={narrow && drawer.value}>
        <TopBar sidebar={sidebar} />
        <Bars />
        {state === 'missing' ? <NotHere title={t('missing_title')} text={t('missing_text')} /> : (
          <>
            <Log />
            <div class="dock"><Composer key={id ?? 'new'} conversation={id} /></div>
          </>
        )}
      </main>
    </div>
  );
}

function useShortcuts(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.isComposing || document.querySelector('dialog[open]')) return;
      const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if (command && event.key.toLowerCase() === 'k' && page.value.name === 'chat') {
        event.preventDefault();
        if (isNarrow.value) drawer.value = true;
        else change({ sidebar: true });
        setTimeout(() => document.querySelector<HTMLElement>('.sidebar .field input')?.focus());
      } else if (event.shiftKey && event.key === 'Escape') focusComposer();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

export function App() {
  useShortcuts();
  const at = page.value;
  const title = at.name === 'chat' ? `${current.value?.title ?? t('new_chat')} – ${t('app')}` : t('app');
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <>
      <a class="skip" href="#message" onClick={(event) => (event.preventDefault(), focusComposer())}>{t('skip')}</a>
      {at.name === 'home' && <><Bars /><Home /></>}
      {at.name === 'chat' && <Chat />}
      {at.name === 'unknown' && <main class="pane alone"><NotHere title={t('unknown_title')} text={t('unknown_text')} /></main>}
      {dialog.value === 'settings' && <Settings />}
      {dialog.value === 'models' && <ModelPicker />}
      <Toasts />
      <Spoken />
    </>
  );
}
