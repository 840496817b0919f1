// What nearly every file of browser tests has: a server and a browser while its cases run, and devices, which are browser
// profiles of their own, that are opened, watched and left. Each file is a process of its own, so there is one of each here.
import { after, before } from 'node:test';
import { open, realBinary, startBrowser, startServer, stopAll, watched } from './start.mjs';

export let server;
export let browser;
export const skip = realBinary ? false : 'needs the real server (WHINCHAT_BIN)';
export const failedLoad = /Failed to load resource|net::ERR/;
export const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

let usual = { serviceWorkers: 'block', reducedMotion: 'reduce' };

// start: makes the server. flags, windows: as startBrowser() takes them. prepare: runs when both are there. The rest: what all
// devices of the file have.
export function setStage({ start = startServer, flags, windows, prepare, ...more } = {}) {
  usual = { ...usual, ...more };
  before(async () => {
    [server, browser] = await Promise.all([start(), startBrowser(flags, windows)]);
    await prepare?.();
  });
  after(stopAll);
}

// A page that shows nothing yet. expect, hosts: as watched() takes them. init: runs before every document. settings: chosen
// at an earlier visit. cookies: of one who is signed in. The rest: options of the context.
export async function newPage({ expect, hosts, init, settings, cookies, ...options } = {}) {
  const context = await browser.newContext({ ...usual, ...options });
  if (cookies) await context.addCookies(cookies);
  if (init) await context.addInitScript(init);
  const page = await watched(context, { expect, hosts });
  if (settings) await page.addInitScript((saved) => localStorage.getItem('whinchat.settings') ?? localStorage.setItem('whinchat.settings', saved), JSON.stringify(settings));
  return page;
}

// One that shows the app's field.
export async function device({ base = server.base, path = 'chat', ...options } = {}) {
  const page = await newPage(options);
  await open(page, base, path);
  return page;
}

// Nothing went wrong on them that was not expected, and their profiles are gone.
export async function done(...pages) {
  for (const page of pages) page.assertClean();
  for (const context of new Set(pages.map((page) => page.context()))) await context.close();
}
