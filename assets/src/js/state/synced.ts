// Instructions and saved prompts are the person's, not the browser's: the server has them (/api/settings). What is changed
// lies in localStorage at once and is sent a moment later, or when the server can be reached again; what other devices changed
// comes at the start and whenever the page is shown. A record of what both sides had in common at last tells who changed what.

import { computed, effect } from '@preact/signals';
import { ApiError } from '../api-error.ts';
import { get, put } from '../api.ts';
import { newId } from './ids.ts';
import { merge, same, type Kept } from './merge.ts';
import { fits, isPrompt, kPromptNameMax, kPromptsMax, load as loadPrompts, prompts, writePrompts, type Prompt } from './prompts.ts';
import { kSynced, onLeaving, user } from './session.ts';
import { change, kInstructionsMax, load as loadSettings, settings } from './settings.ts';
import { online } from './status.ts';

interface Base extends Kept {
  user: string;
  revision: number;
}

interface Stored {
  settings: Partial<Kept>;
  revision: number;
}

const kPauseMs = 500; // after the last key
const kAttempts = 5; // when others change the same at the same time
const kRetryMs = [2000, 5000, 15_000, 60_000];

let memory: Base | undefined; // where storage is denied
let timer: ReturnType<typeof setTimeout> | undefined;
let failures = 0;

function known(): Base | undefined {
  try {
    const row = JSON.parse(localStorage.getItem(kSynced) ?? 'null') as Base | null;
    return row && typeof row.user === 'string' && Array.isArray(row.prompts) ? row : undefined;
  } catch {
    return memory;
  }
}

function remember(row: Base): void {
  memory = row;
  try {
    localStorage.setItem(kSynced, JSON.stringify(row));
  } catch {
    // full or denied
  }
}

const shown = (): Kept => ({ instructions: settings.peek().instructions, prompts: [...prompts.peek()] });
const saved = (): Kept => ({ instructions: loadSettings().instructions, prompts: loadPrompts() });

// Another tab may have changed both, them and the record, and its word of it may not be here yet: what is compared with the
// record must be as old as that. Not where storage takes nothing.
let kept = true;
function refresh(): void {
  const now = saved();
  if (kept && !same(now, shown())) {
    settings.value = { ...settings.peek(), instructions: now.instructions };
    prompts.value = now.prompts;
  }
  const odd = ({ id }: Prompt): boolean => !/^[\w-]{1,64}$/.test(id);
  if (prompts.peek().some(odd)) writePrompts(prompts.peek().map((one) => (odd(one) ? { ...one, id: newId() } : one)));
}

// The server takes no NUL and no half of a pair.
const clean = (text: string): string => text.replace(/[\0\p{Surrogate}]/gu, '');
const cleaned = ({ id, name, text }: Prompt): Prompt => ({ id, name: clean(name).trim(), text: clean(text) });
const takes = ({ name, text }: Prompt): boolean => name !== '' && [...name].length <= kPromptNameMax && text !== '' && fits(text);

function mineNow(): Kept {
  return { instructions: [...clean(settings.peek().instructions)].slice(0, kInstructionsMax).join(''), prompts: prompts.peek().map(cleaned).filter(takes) };
}

// More than the server takes stay here until there is room.
function toSend(base: Kept): Kept {
  const mine = mineNow();
  const old = new Set(base.prompts.map(({ id }) => id));
  return { ...mine, prompts: mine.prompts.sort((a, b) => Number(old.has(b.id)) - Number(old.has(a.id))).slice(0, kPromptsMax) };
}

function show(next: Kept): void {
  const now = shown();
  if (same(now, next)) return;
  if (now.instructions !== next.instructions) change({ instructions: next.instructions });
  writePrompts([...next.prompts, ...prompts.peek().filter((one) => !takes(cleaned(one)))]); // no words are dropped
}

function take({ settings: stored, revision }: Stored, id: string): Base {
  const theirs: Kept = { instructions: stored.instructions ?? '', prompts: (stored.prompts ?? []).filter(isPrompt) };
  refresh();
  const last = known();
  show(merge(last?.user === id ? last : undefined, mineNow(), theirs, kInstructionsMax));
  const row = { user: id, revision, ...theirs };
  remember(row);
  return row;
}

const here = computed(() => user.value?.id);

async function exchange(id: string, ask: boolean): Promise<void> {
  for (let attempt = 0; attempt < kAttempts && here.peek() === id; attempt++) {
    let base = known();
    if (ask || base?.user !== id) {
      const stored = await get<Stored>('/settings');
      if (here.peek() !== id) return;
      base = take(stored, id);
    }
    refresh();
    const mine = toSend(base);
    if (same(mine, base)) return;
    try {
      const { revision } = await put<{ revision: number }>('/settings', { settings: mine, revision: base.revision });
      if (here.peek() === id) remember({ user: id, revision, ...mine });
      return;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
      ask = true;
    }
  }
}

const refused = (error: unknown): boolean => error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;

// One at a time, also among tabs: what one has sent the others need not send.
let last: Promise<void> = Promise.resolve();
async function sync(ask: boolean): Promise<void> {
  clearTimeout(timer);
  const id = here.peek();
  if (!id) return;
  const locks = navigator.locks as LockManager | undefined; // not on plain HTTP
  const run = (): Promise<void> => exchange(id, ask);
  const mine = last.then(() => (locks ? locks.request('whinchat.synced', run) : run()));
  last = mine.catch(() => undefined);
  try {
    await mine;
    failures = 0;
  } catch (error) {
    if (!refused(error)) later(kRetryMs[Math.min(failures++, kRetryMs.length - 1)]!, ask);
  }
}

function later(ms: number, ask = false): void {
  clearTimeout(timer);
  timer = setTimeout(() => void sync(ask), ms);
}

// Somebody else's, who was here before and did not sign out.
function forgetOthers(id: string): void {
  const last = known();
  if (!last || last.user === id) return;
  change({ instructions: '' });
  writePrompts([]);
}

effect(() => {
  const id = here.value;
  if (!id) return clearTimeout(timer);
  forgetOthers(id);
  void sync(true);
});
const instructions = computed(() => settings.value.instructions);
let first = true;
effect(() => {
  void instructions.value;
  void prompts.value;
  kept = same(saved(), shown());
  if (!first) later(kPauseMs);
  first = false;
});
// The server's were changed from here.
export const look = (): Promise<void> => sync(true);

let was = online.peek();
online.subscribe((on) => {
  if (on && !was) void sync(true);
  was = on;
});
document.addEventListener('visibilitychange', () => void (document.visibilityState === 'visible' && sync(true)));
onLeaving(() => sync(false));
