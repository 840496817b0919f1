// Addresses: `/` start page, `/chat` a new conversation, `/c/ID` a stored one, `/temporary` one that is kept nowhere,
// `/open` and `/share` a new one with what the app was opened with, `/account/…` and `/admin/…`, and the pages of those who are not signed in. Secrets stand behind `#`, where no server and
// no log sees them. Anything else that reaches the shell is an unknown page and says so.

import { computed, signal } from '@preact/signals';
import { addBaseToLinks } from '../base-links.ts';
import { fromAddress, toAddress } from '../base.ts';
import { isPage } from '../pages.ts';

export type Page =
  | { name: 'home' }
  | { name: 'chat'; conversation: string | null; temporary: boolean }
  | { name: 'account' | 'admin'; section: string }
  | { name: 'login' | 'setup' | 'register' }
  | { name: 'unknown' };

export const path = signal(fromAddress(location.pathname));
export const fragment = signal(location.hash.slice(1)); // /c/ID#m=MESSAGE: a message to go to

export function pageOf(pathname: string): Page {
  if (!isPage(pathname)) return { name: 'unknown' };
  if (pathname === '/' || pathname === '/index.html') return { name: 'home' };
  if (/^\/(chat(\.html|\/)?|open|share)$/.test(pathname)) return { name: 'chat', conversation: null, temporary: false };
  if (pathname === '/temporary') return { name: 'chat', conversation: null, temporary: true };
  const single = /^\/(login|setup|register)\/?$/.exec(pathname)?.[1];
  if (single) return { name: single as 'login' };
  const [, area, section] = /^\/(account|admin)(?:\/([a-z]{1,20}))?\/?$/.exec(pathname) ?? [];
  if (area) return { name: area as 'account', section: section ?? '' };
  const id = /^\/c\/([\w-]{1,64})\/?$/.exec(pathname)?.[1];
  return id ? { name: 'chat', conversation: id, temporary: false } : { name: 'unknown' };
}

export const page = computed(() => pageOf(path.value));

export function go(to: string, replace = false): void {
  const [pathname = '', hash = ''] = to.split('#');
  const address = toAddress(to);
  const spare = (history.state as { drawer?: boolean } | null)?.drawer === true; // the open drawer's entry (chat-ui.tsx)
  if (address !== location.pathname + location.hash || spare) history[replace || spare ? 'replaceState' : 'pushState'](null, '', address);
  fragment.value = hash;
  path.value = pathname;
}

export function startRouter(): void {
  addBaseToLinks();
  addEventListener('popstate', () => {
    fragment.value = location.hash.slice(1);
    path.value = fromAddress(location.pathname);
  });
  // Plain links inside the app become moves; every other click is the browser's own.
  addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest?.('a[data-go]') as HTMLAnchorElement | null;
    if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(fromAddress(link.pathname) + link.hash);
  });
}
