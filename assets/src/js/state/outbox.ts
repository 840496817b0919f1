// What page and service worker share of sending what was written: where it lies, who may send it, and as what. The worker
// sends it when no page is left to do it (Background Sync, where the browser has it); whoever sends holds the turn's lock,
// so the two never send together, and reads the row anew under it, so nobody sends what another has sent.
// W3C Web Locks (2024), WICG Background Synchronization (2024).

import type { QueuedTurn } from './types.ts';

export const kSyncTag = 'whinchat-outbox';
export const databasePrefix = (base: string): string => (base === '/' ? 'whinchat-user-' : `whinchat ${base} user-`);

interface Locks {
  request(name: string, options: { ifAvailable: true }, work: (lock: unknown) => unknown): Promise<unknown>;
}
const kLockMs = 3000;

// undefined: another is at it. Plain-HTTP origins have no locks; they have no worker either, and two pages that send the
// same turn make one of it, because the server knows its id. So nobody waits long for a browser that says nothing of a lock.
export function alone<T>(turn: string, work: () => Promise<T>): Promise<T | undefined> {
  const { locks } = navigator as { locks?: Locks };
  if (!locks) return work();
  return new Promise((resolve, reject) => {
    let over = false;
    const timer = setTimeout(() => resolve(((over = true), work())), kLockMs);
    locks.request(`whinchat turn ${turn}`, { ifAvailable: true }, (lock) => {
      clearTimeout(timer);
      const done = lock && !over ? work() : undefined;
      resolve(done);
      return done;
    }).catch(reject);
  });
}

export const kUploadMs = 300_000; // of a file; everything else is small

// A refused one waits for the person, a held one for the end of the answer before it.
export const mayGo = (q: QueuedTurn): boolean => !q.error && !q.held;

// The calls that make the turn, in order. Each may be repeated: ids are made here. A Blob goes as it is.
export function callsFor(q: QueuedTurn): [path: string, body: unknown][] {
  const chosen = { provider: q.provider ?? undefined, model: q.model ?? undefined };
  const turn = { id: q.id, kind: q.kind, parent_id: q.parent, message: q.message, ...chosen, ...q.options, attachments: q.attachments?.map((file) => file.id) };
  return [
    ...(q.fresh ? [['/conversations', { id: q.conversation, ...chosen }] as [string, unknown]] : []),
    ...(q.attachments ?? []).flatMap(({ id, name, type, blob }): [string, unknown][] => (
      blob ? [[`/attachments?${new URLSearchParams({ id, name, type }).toString()}`, blob.slice(0, blob.size, 'application/octet-stream')]] : []
    )),
    [`/conversations/${q.conversation}/turns`, turn],
  ];
}

export interface Begun {
  user_message_id?: string | null;
  message_id: string;
}

// A reply that was cut anywhere may look like an empty success; only one that names the answer is one.
export const isBegun = (reply: unknown): reply is Begun => typeof (reply as Begun | undefined)?.message_id === 'string';
