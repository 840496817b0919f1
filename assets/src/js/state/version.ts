// A page that is older than its server: every answer of the API names the server's version, the build names the page's.

import { signal } from '@preact/signals';

const kKey = 'whinchat.seen-version';
const own = typeof __VERSION__ === 'string' ? __VERSION__ : '';
export const newerServer = signal(false);

// Once for each version: where loading anew does not help (files from a folder), nobody is asked again and again.
export function noteVersion(response: Response): void {
  const version = response.headers.get('X-Whinchat-Version');
  if (!version || !own || version === own || newerServer.peek()) return;
  try {
    if (sessionStorage.getItem(kKey) === version) return;
    sessionStorage.setItem(kKey, version);
  } catch {
    // Denied: asked once for each page.
  }
  newerServer.value = true;
}
