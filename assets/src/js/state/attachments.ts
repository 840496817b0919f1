// Files beside messages: what the server takes, what waits in the field of each conversation, and where a file's bytes are
// found: in this page while they are new, at the server afterwards.

import { computed, signal } from '@preact/signals';
import { api } from '../base.ts';
import * as db from './db.ts';
import { session } from './session.ts';

export interface Attachment {
  id: string; // made here; uploading it twice makes one file
  kind: 'image' | 'text' | 'pdf';
  type: string;
  name: string;
  bytes: number;
  blob?: Blob; // not on the server yet
}

export interface AttachmentLimits {
  per_message: number;
  message_bytes_max: number;
  bytes_max: Record<Attachment['kind'], number>;
  image_types: string[];
}

const kUrlsKept = 100;

// Nothing: this server takes no files.
export const attachmentLimits = computed(() => session.value?.features?.attachments);

const waiting = signal<ReadonlyMap<string, readonly Attachment[]>>(new Map());
export const complaints = signal<readonly string[]>([]); // why files were not taken, in words
const keyOf = (conversation: string | null): string => conversation ?? 'new';
const rowOf = (key: string): string => `files:${key}`;
const kNone: readonly Attachment[] = [];
export const filesIn = (conversation: string | null): readonly Attachment[] => waiting.value.get(keyOf(conversation)) ?? kNone;

export function setFiles(conversation: string | null, files: readonly Attachment[]): void {
  const key = keyOf(conversation);
  waiting.value = new Map(waiting.peek()).set(key, files);
  if (files.length > 0) void db.put('facts', { id: rowOf(key), files } as db.Row);
  else void db.drop('facts', rowOf(key));
}

// What waited here when the page was closed.
export async function findFiles(conversation: string | null): Promise<void> {
  const key = keyOf(conversation);
  if (waiting.peek().has(key)) return;
  const kept = await db.one<db.Row & { files: Attachment[] }>('facts', rowOf(key));
  if (kept && !waiting.peek().has(key)) waiting.value = new Map(waiting.peek()).set(key, kept.files);
}

// Of a message that was not sent after all.
export function giveFilesBack(conversation: string | null, files: readonly Attachment[] = kNone): void {
  if (files.length > 0) setFiles(conversation, [...files, ...filesIn(conversation)]);
}

const urls = new Map<string, string>();

export function urlOf(file: Attachment): string {
  const known = urls.get(file.id);
  if (known) return known;
  if (!file.blob) return `${api}/attachments/${file.id}`;
  const url = URL.createObjectURL(file.blob);
  urls.set(file.id, url);
  if (urls.size > kUrlsKept) {
    const [oldest, old] = urls.entries().next().value!;
    urls.delete(oldest);
    URL.revokeObjectURL(old);
  }
  return url;
}

// As a message keeps them: the bytes are the server's.
export const withoutBlobs = (files: readonly Attachment[]): Attachment[] => files.map(({ blob: _, ...rest }) => rest);

// Somebody else is here now.
export function forgetFiles(): void {
  waiting.value = new Map();
  for (const url of urls.values()) URL.revokeObjectURL(url);
  urls.clear();
}
