// Asks for what the address and this browser already name, while the app's script is still on its way: who is here, the
// conversation, the words. The app takes the answers from whinchatEarly (src/js/early.ts) in place of asking itself.
// The build fills in __WORDS__: the file of each language but English.
import { pickId } from '../js/pick-language.ts';

const stored = (key) => JSON.parse(localStorage.getItem(key) || '{}');

function askForWords(base) {
  const files = __WORDS__;
  const file = files[pickId(['en', ...Object.keys(files)], stored('whinchat.settings').language, navigator.languages)];
  if (file) import(base + file).catch(() => undefined);
}

function askForData(base) {
  const ask = (path) => fetch(`${base}api${path}`, { cache: 'no-store', headers: { Accept: 'application/json' }, signal: AbortSignal.timeout(30_000) });
  const answers = { '/session': ask('/session') };
  globalThis.whinchatEarly = answers;
  const { pathname } = location;
  const id = pathname.startsWith(base) && /^c\/([\w-]{1,64})\/?$/.exec(pathname.slice(base.length))?.[1];
  if (id) {
    const path = `/conversations/${id}`;
    // Nobody's conversation is asked for where nobody was signed in before, until somebody is known to be.
    const known = stored(base === '/' ? 'whinchat.session' : `whinchat.session ${base}`).user;
    answers[path] = known ? ask(path) : answers['/session'].then((answer) => answer.clone().json()).then(({ user }) => user && ask(path));
  }
  for (const answer of Object.values(answers)) answer.catch(() => undefined);
}

try {
  const base = new URL('../', document.currentScript.src).pathname; // this file lies in {base}assets/
  askForData(base);
  askForWords(base);
} catch {
  // Storage is denied, or the browser is old: the app asks by itself.
}
