// Where the app lives: '/' or '/chat/' (the server's BASE_PATH). Read from the address of this very module, which the build
// puts into {base}assets/, so one build serves at every address and nothing has to be written into it.

function baseOf(module: string | undefined): string {
  if (!module) return '/'; // bundled into one script, as tests do
  const { protocol, pathname } = new URL(module);
  const at = pathname.lastIndexOf('/assets/');
  return /^https?:$/.test(protocol) && at >= 0 ? pathname.slice(0, at + 1) : '/';
}

export const base = baseOf(import.meta.url);
export const api = `${base}api`;

// '/c/ID' in the app's own terms -> the address in the browser, and back. Addresses outside of the base are nobody's page.
export const toAddress = (path: string): string => base + path.slice(1);
export const fromAddress = (pathname: string): string => {
  if (pathname.startsWith(base)) return `/${pathname.slice(base.length)}`;
  return pathname === base.slice(0, -1) ? '/' : pathname;
};
