// The conversations: the truth is on the server, this is what the app knows of it. The list comes in pages, the change
// feed keeps it current, IndexedDB keeps a copy for reading without a network. Changes are shown at once and taken back
// when the server refuses them.

import { computed, signal } from '@preact/signals';
import { ApiError } from '../api-error.ts';
import * as api from '../api.ts';
import * as db from './db.ts';
import { inWords } from '../explain.ts';
import { ChangeFeed, type Changes } from './changes.ts';
import { go, path } from './router.ts';
import { toast } from './status.ts';
import { titleFrom } from './tree.ts';
import type { Conversation } from './types.ts';
import { conversationOf, conversationsOf } from './wire.ts';
import { t, tn } from '../words.ts';

const kUndoMs = 8000;
const kPage = 50;
const kDeletedMs = 30 * 86_400_000; // how long the server keeps what was deleted

export type View = 'all' | 'archived' | 'deleted';

const rows = signal<ReadonlyMap<string, Conversation>>(new Map());
export const conversationsLoaded = signal(false);
export const view = signal<View>('all');

const newestFirst = (a: Conversation, b: Conversation): number => b.updated - a.updated || (a.id < b.id ? 1 : -1);
const viewOf = (c: Conversation): View => (c.deleted ? 'deleted' : c.archived ? 'archived' : 'all');
const gone = (c: Conversation): boolean => c.deleted !== null && Date.now() - c.deleted > kDeletedMs;
const listOf = (wanted: View): Conversation[] => [...rows.value.values()].filter((c) => viewOf(c) === wanted && !gone(c)).sort(newestFirst);

export const conversations = computed(() => listOf('all').sort((a, b) => Number(b.pinned) - Number(a.pinned)));
export const listed = computed(() => (view.value === 'all' ? conversations.value : listOf(view.value)));

export const get = (id: string): Conversation | undefined => rows.peek().get(id);
export const row = (id: string): Conversation | undefined => rows.value.get(id);
export const titleOf = (c: Conversation | undefined): string => c?.title || t('new_chat');

// Counts the people at this browser: what was asked for one is not shown to the next.
let visit = 0;
export const visitNow = (): number => visit;

// Who else keeps something beside a row: the open thread and the turns hear of every change from the server.
type Listener = (told: Conversation) => void; // as the server told it
const listeners = new Set<Listener>();
export const onServerChange = (listener: Listener): void => void listeners.add(listener);

function store(list: readonly Conversation[]): void {
  if (list.length === 0) return;
  const next = new Map(rows.peek());
  for (const c of list) next.set(c.id, c);
  rows.value = next;
  void db.write('conversations', list.filter((c) => c.revision > 0));
}

export function forget(ids: readonly string[]): void {
  const next = new Map(rows.peek());
  for (const id of ids) next.delete(id);
  rows.value = next;
  void db.dropConversations(ids);
}

// A row from the server. A title that nobody has given yet is the first words until the server knows better, and the
// branch that is being added to here stays shown: what comes may have been written before the server heard of that.
interface Held {
  leaf: string;
  running: string | null; // the turn that is read here: it runs until its end has been read
}
let heldIn: (id: string) => Held | undefined = () => undefined;
export const holdBranch = (held: typeof heldIn): void => void (heldIn = held);

// Turns whose end was read here: a row that was written before it may come later, and is not believed.
const over: string[] = [];
const kOver = 50;
export function noteOver(id: string, turn: string): void {
  over.unshift(turn);
  over.splice(kOver);
  if (get(id)?.running === turn) change(id, { running: null });
}

export function receive(list: readonly Conversation[]): void {
  const fresh = list.flatMap((c): [Conversation, Conversation][] => {
    const before = get(c.id);
    if (before && before.revision > c.revision) return [];
    const held = heldIn(c.id);
    const leaf = held && (!before || before.leaf === held.leaf) ? held.leaf : c.leaf;
    return [[{ ...c, leaf, running: (c.running && over.includes(c.running) ? null : c.running) ?? held?.running ?? null, title: c.title || before?.title || '' }, c]];
  });
  store(fresh.map(([after]) => after));
  for (const [, told] of fresh) for (const listener of listeners) listener(told);
}

export function change(id: string, part: Partial<Conversation>): void {
  const before = get(id);
  if (before) store([{ ...before, ...part }]);
}

export function add(id: string, firstText: string, provider: string | null, model: string | null): Conversation {
  const time = Date.now();
  const made: Conversation = {
    id, title: titleFrom(firstText), titled: 'none', pinned: false, archived: false, created: time, updated: time,
    leaf: null, provider, model, deleted: null, running: null, revision: 0,
  };
  store([made]);
  return made;
}

const wires: Partial<Record<keyof Conversation, string>> = { title: 'title', pinned: 'pinned', archived: 'archived', provider: 'provider', model: 'model', leaf: 'head_id' };

// Shown now, saved on the server, taken back when that fails.
export async function update(id: string, part: Partial<Conversation>): Promise<boolean> {
  const before = get(id);
  if (!before) return false;
  change(id, part);
  if (before.revision === 0) return true; // goes along when the conversation is made
  const body = Object.fromEntries(Object.entries(part).flatMap(([key, value]) => (wires[key as keyof Conversation] ? [[wires[key as keyof Conversation]!, value]] : [])));
  try {
    const after = conversationOf(await api.patch(`/conversations/${id}`, body));
    if (after) receive([after]);
    return true;
  } catch (error) {
    const undone = Object.fromEntries(Object.keys(part).map((key) => [key, before[key as keyof Conversation]]));
    change(id, undone);
    toast(api.passing(error) ? t('not_saved_offline') : t('not_saved', { message: inWords(error as ApiError) }));
    return false;
  }
}

export function rename(id: string, title: string): void {
  const clean = title.replace(/\s+/g, ' ').trim().slice(0, 200);
  if (clean && clean !== get(id)?.title) void update(id, { title: clean, titled: 'manual' });
}

export const setPinned = (id: string, pinned: boolean): void => void update(id, { pinned });

export function setArchived(id: string, archived: boolean): void {
  const title = titleOf(get(id));
  void update(id, { archived }).then((done) => {
    if (done && archived) toast(t('archived', { title }), { ms: kUndoMs, action: { label: t('undo'), run: () => setArchived(id, false) } });
  });
}

export async function restore(id: string): Promise<boolean> {
  try {
    const after = conversationOf(await api.call('POST', `/conversations/${id}/restore`));
    if (after) receive([after]);
    return true;
  } catch (error) {
    toast(t('not_saved', { message: inWords(error as ApiError) }));
    return false;
  }
}

// Deleted on the server at once; for 30 days it can be brought back, and for some seconds right here.
export async function remove(id: string, wasOpen: boolean): Promise<void> {
  const before = get(id);
  if (!before) return;
  if (wasOpen) go('/chat');
  if (before.revision === 0) return forget([id]);
  change(id, { deleted: Date.now() });
  try {
    await api.remove(`/conversations/${id}`);
  } catch (error) {
    if ((error as ApiError).status !== 404) {
      change(id, { deleted: null });
      return toast(api.passing(error) ? t('not_saved_offline') : t('not_saved', { message: inWords(error as ApiError) }));
    }
  }
  const bringBack = async (): Promise<void> => void ((await restore(id)) && wasOpen && go(`/c/${id}`));
  toast(t('deleted', { title: titleOf(before) }), { ms: kUndoMs, action: { label: t('undo'), run: () => void bringBack() } });
}

// Out of the trash, with no way back. null: everything that is in it.
export async function removeForGood(id: string | null): Promise<boolean> {
  const gone = id ? [id] : listOf('deleted').map((c) => c.id);
  const open = /^\/c\/(.+)/.exec(path.peek())?.[1];
  try {
    await api.remove(id ? `/conversations/${id}?forever=true` : '/conversations?deleted=true');
  } catch (error) {
    if ((error as ApiError).status !== 404) {
      toast(api.passing(error) ? t('not_saved_offline') : t('not_saved', { message: inWords(error as ApiError) }));
      return false;
    }
  }
  if (open && gone.includes(open)) go('/chat');
  forget(gone);
  return true;
}

// Several at once, with one way back for all of them. The server is told one after the other: a small machine may be it.
async function each(ids: readonly string[], work: (id: string) => Promise<unknown>): Promise<string[]> {
  const done: string[] = [];
  for (const id of ids) {
    try {
      await work(id);
      done.push(id);
    } catch (error) {
      toast(api.passing(error) ? t('not_saved_offline') : t('not_saved', { message: inWords(error as ApiError) }));
      return done;
    }
  }
  return done;
}

export async function removeMany(ids: readonly string[], open: string | null): Promise<void> {
  if (open && ids.includes(open)) go('/chat');
  const local = ids.filter((id) => get(id)?.revision === 0);
  forget(local);
  const time = Date.now();
  const stored = ids.filter((id) => !local.includes(id));
  for (const id of stored) change(id, { deleted: time });
  const done = await each(stored, (id) => api.remove(`/conversations/${id}`));
  for (const id of stored) if (!done.includes(id)) change(id, { deleted: null });
  if (done.length === 0) return;
  const bringBack = (): void => void each(done, async (id) => void ((await restore(id)) || Promise.reject(new ApiError('', { code: 'offline' }))));
  toast(tn('deleted_many', done.length), { ms: kUndoMs, action: { label: t('undo'), run: bringBack } });
}

export async function setArchivedMany(ids: readonly string[], archived: boolean): Promise<void> {
  const done: string[] = [];
  for (const id of ids) if (await update(id, { archived })) done.push(id);
  if (done.length === 0 || !archived) return;
  toast(tn('archived_many', done.length), { ms: kUndoMs, action: { label: t('undo'), run: () => void setArchivedMany(done, false) } });
}

export async function fork(id: string, message: string): Promise<void> {
  try {
    const made = conversationOf(await api.post(`/conversations/${id}/fork`, { message_id: message }));
    if (!made) return;
    receive([made]);
    go(`/c/${made.id}`);
    toast(t('forked'));
  } catch (error) {
    toast(t('not_saved', { message: inWords(error as ApiError) }));
  }
}

// Pages of the list, one cursor for each view. null: everything has been listed.
const cursors = signal<Partial<Record<View, string | null>>>({});
const asking = new Set<View>();
export const hasMore = computed(() => typeof cursors.value[view.value] === 'string');

interface ListPage {
  conversations: unknown;
  next_cursor?: string | null;
  revision: number;
}

const filters: Record<View, string> = { all: 'archived=false', archived: 'archived=true', deleted: 'deleted=true' };

export async function loadPage(of: View): Promise<number | undefined> {
  const cursor = cursors.peek()[of];
  if (cursor === null || asking.has(of)) return undefined;
  asking.add(of);
  const asked = visit;
  try {
    const page = await api.get<ListPage>(`/conversations?limit=${kPage}&${filters[of]}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    if (asked !== visit) return undefined;
    receive(conversationsOf(page.conversations));
    cursors.value = { ...cursors.peek(), [of]: page.next_cursor ?? null };
    return page.revision;
  } catch {
    return undefined; // the network's bar says why; the next look asks again
  } finally {
    asking.delete(of);
    if (asked === visit) conversationsLoaded.value = true;
  }
}

export function show(next: View): void {
  view.value = next;
  if (cursors.peek()[next] === undefined) void loadPage(next);
}

let feed: ChangeFeed | undefined;

async function relist(): Promise<void> {
  forget([...rows.peek().values()].filter((c) => c.revision > 0).map((c) => c.id));
  cursors.value = {};
  await loadPage('all');
}

function take({ revision, reset, conversations: list }: Changes): void {
  if (reset) void relist();
  else receive(list);
  void db.put('facts', { id: 'revision', revision } as db.Row);
}

async function connect(): Promise<void> {
  const asked = visit;
  const known = (await db.one<db.Row & { revision: number }>('facts', 'revision'))?.revision;
  const listedAt = await loadPage('all');
  if (asked !== visit) return;
  const since = known ?? listedAt;
  if (since === undefined) return void setTimeout(() => void (asked === visit && connect()), 2000); // neither a copy nor the server: again
  feed?.close();
  feed = new ChangeFeed(since, take);
}

// Resolves when the copy in this browser is shown; the server's word follows.
export async function startConversations(): Promise<void> {
  stopConversations();
  const began = visit;
  const copy = await db.all<Conversation & db.Row>('conversations');
  if (began !== visit) return;
  rows.value = new Map(copy.map((c) => [c.id, c]));
  if (copy.length > 0) conversationsLoaded.value = true;
  void connect();
}

export function stopConversations(): void {
  visit++;
  asking.clear();
  view.value = 'all';
  feed?.close();
  feed = undefined;
  rows.value = new Map();
  cursors.value = {};
  conversationsLoaded.value = false;
}
