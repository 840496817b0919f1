// Addresses: `/` start page, `/chat` a new conversation, `/c/ID` a stored one. Anything else that reaches the shell is
// an unknown page and says so.

import { computed, signal } from '@preact/signals';
import { addBaseToLinks } from '../../base-links.ts';
import { fromAddress, toAddress } from '../../base.ts';

export type Page = { name: 'home' } | { name: 'chat'; conversation: string | null } | { name: 'unknown' };

export const path = signal(fromAddress(location.pathname));

export function pageOf(pathname: string): Page {
  if (pathname === '/' || pathname === '/index.html') return { name: 'home' };
  if (/^\/chat(\.html|\/)?$/.test(pathname)) return { name: 'chat', conversation: null };
  const id = /^\/c\/([\w-]{1,64})\/?$/.exec(pathname)?.[1];
  return id ? { name: 'chat', conversation: id } : { name: 'unknown' };
}

export const page = computed(() => pageOf(path.value));

export function go(to: string, replace = false): void {
  const address = toAddress(to);
  if (address !== location.pathname) history[replace ? 'replaceState' : 'pushState'](null, '', address);
  path.value = to;
}

export function startRouter(): void {
  addBaseToLinks();
  addEventListener('popstate', () => {
    path.value = fromAddress(location.pathname);
  });
  // Plain links inside the app become moves; every other click is the browser's own.
  addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest?.('a[data-go]') as HTMLAnchorElement | null;
    if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(fromAddress(link.pathname));
  });
}
