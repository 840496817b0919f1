// What the app was opened with: text, a link or text files from another app's share sheet (the worker kept them, sw.ts), or
// files from the system's file manager. All of it becomes a draft of a new chat, pictures and PDF its attachments; nothing
// is ever sent by itself. An export of conversations goes to the import's preview instead.
// W3C Web Share Target (2024), WICG File Handling: launchQueue (2024).

import { base } from '../base.ts';
import english from '../i18n/en.media.json';
import { addWords, t } from '../words.ts';
import { giveBack } from './drafts.ts';
import { handedFile } from './handed.ts';
import { go } from './router.ts';
import { toast } from './status.ts';

addWords(english);

const kTextBytesMax = 100_000; // a message takes 10,000 characters; beyond this it is not worth showing how much is too much
const kSaidMs = 10_000;
const kImportBytesMax = 64 * 1024 * 1024;

interface Export {
  format?: unknown;
  mapping?: unknown;
  chat_messages?: unknown;
}

// Whinchat's own format, or a list of what ChatGPT or Claude call a conversation.
function isExport(text: string): boolean {
  try {
    const parsed = JSON.parse(text) as Export | Export[];
    const first = Array.isArray(parsed) ? parsed[0] : parsed;
    return first?.format === 'whinchat' || (Array.isArray(parsed) && (typeof first?.mapping === 'object' || Array.isArray(first?.chat_messages)));
  } catch {
    return false;
  }
}

async function textOf(file: File): Promise<string | undefined> {
  const large = (): undefined => void toast(t('file_large', { name: file.name }));
  if (/\.json$/i.test(file.name) || file.type === 'application/json') {
    if (file.size > kImportBytesMax) return large();
    const text = await file.text();
    if (isExport(text)) {
      handedFile.value = file;
      go('/account/data');
      return undefined;
    }
    return file.size > kTextBytesMax ? large() : `\`\`\`json\n${text.trimEnd()}\n\`\`\``;
  }
  return file.size > kTextBytesMax ? large() : (await file.text()).trim();
}

async function draftFrom(parts: string[], files: File[]): Promise<void> {
  const texts = [...parts];
  const attached = files.filter((file) => /^image\/|^application\/pdf$/.test(file.type));
  for (const file of files) {
    if (attached.includes(file)) continue;
    const text = await textOf(file).catch(() => undefined);
    if (text) texts.push(text);
  }
  if (handedFile.peek()) return;
  go('/chat', true);
  if (texts.length > 0) giveBack(null, texts.join('\n\n'));
  if (attached.length > 0) await (await import('../ui/add-files.ts')).addFiles(null, attached);
}

interface Handle {
  getFile(): Promise<File>;
}

export async function openFiles(handles: readonly Handle[]): Promise<void> {
  await draftFrom([], await Promise.all(handles.slice(0, 8).map((handle) => handle.getFile())));
}

export async function takeShared(): Promise<void> {
  const name = `shared ${base}`;
  if (!(await globalThis.caches?.has(name))) { // there was no worker to keep it: the server has sent the person here
    go('/chat', true);
    return void toast(t('share_missed'), { ms: kSaidMs });
  }
  const cache = await caches.open(name);
  const parts: string[] = [];
  const files: File[] = [];
  for (const request of await cache.keys()) {
    const response = await cache.match(request);
    if (!response) continue;
    if (request.url.endsWith('/text')) parts.push((await response.text()).slice(0, kTextBytesMax));
    else files.push(new File([await response.blob()], decodeURIComponent(response.headers.get('X-Name') ?? ''), { type: response.headers.get('Content-Type') ?? '' }));
  }
  await caches.delete(name); // taken once
  await draftFrom(parts.filter(Boolean), files);
}
