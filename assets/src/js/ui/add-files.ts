// Taking files into the field: what they are, whether the server takes them, and pictures made smaller where that helps.
// Fetched when the first file comes.

import english from '../i18n/en.media.json';
import { attachmentLimits, complaints, filesIn, setFiles, type Attachment, type AttachmentLimits } from '../state/attachments.ts';
import { newId } from '../state/ids.ts';
import { say } from '../state/status.ts';
import { addWords, bytes, t, tn } from '../words.ts';

addWords(english);

const kSideMax = 2048; // pixels of a picture that has to be made smaller; models see no more
const kQuality = 0.85;

class Refusal extends Error {}

const tooLarge = (name: string, size: number, max: number): Refusal => new Refusal(t('attach_too_large', { name, size: bytes(size), max: bytes(max) }));

// Large photos, and kinds that only this browser can read (HEIC in Safari), become JPEG. An animation would stand still.
async function smaller(file: Blob): Promise<Blob | null> {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return null;
  const scale = Math.min(1, kSideMax / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d');
  if (!context) return null;
  context.fillStyle = '#fff'; // JPEG has no transparency
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', kQuality));
}

async function picture(file: File, limits: AttachmentLimits): Promise<Attachment> {
  let blob: Blob = file;
  let { name } = file;
  const known = limits.image_types.includes(file.type);
  if (!known || (file.size > limits.bytes_max.image && file.type !== 'image/gif')) {
    const made = await smaller(file);
    if (!made) throw new Refusal(t('attach_kind', { name }));
    blob = made;
    name = `${name.replace(/\.\w+$/, '')}.jpg`;
  }
  if (blob.size > limits.bytes_max.image) throw tooLarge(file.name, blob.size, limits.bytes_max.image);
  return { id: newId(), kind: 'image', type: blob.type, name, bytes: blob.size, blob };
}

async function text(file: File, limits: AttachmentLimits): Promise<Attachment> {
  if (file.size > limits.bytes_max.text) {
    // What is so large and no text would only be said to be too large: look at its beginning first.
    if (/[\0-\b\x0E-\x1A\x1C-\x1F]/.test(await file.slice(0, 4096).text())) throw new Refusal(t('attach_kind', { name: file.name }));
    throw tooLarge(file.name, file.size, limits.bytes_max.text);
  }
  const read = new TextDecoder('utf-8', { fatal: true });
  let content: string | null = null;
  try {
    content = read.decode(await file.arrayBuffer());
  } catch {
    // not UTF-8
  }
  if (content === null || /[\0-\b\x0B\x0E-\x1A\x1C-\x1F]/.test(content)) throw new Refusal(t('attach_kind', { name: file.name }));
  return { id: newId(), kind: 'text', type: file.type || 'text/plain', name: file.name, bytes: file.size, blob: file };
}

async function take(file: File, limits: AttachmentLimits): Promise<Attachment> {
  if (file.size === 0) throw new Refusal(t('attach_empty', { name: file.name }));
  if (file.type.startsWith('image/') && file.type !== 'image/svg+xml') return picture(file, limits);
  if (file.type === 'application/pdf') {
    if (file.size > limits.bytes_max.pdf) throw tooLarge(file.name, file.size, limits.bytes_max.pdf);
    return { id: newId(), kind: 'pdf', type: file.type, name: file.name, bytes: file.size, blob: file };
  }
  if (/^(image|audio|video)\//.test(file.type)) throw new Refusal(t('attach_kind', { name: file.name }));
  return text(file, limits);
}

// Each that is taken goes beside the message of that conversation; of each that is not, the reason is shown.
export async function addFiles(conversation: string | null, files: readonly File[]): Promise<void> {
  const limits = attachmentLimits.peek();
  if (!limits) return;
  const refused: string[] = [];
  let here = filesIn(conversation);
  for (const file of files) {
    if (here.length >= limits.per_message) {
      refused.push(t('attach_many', { n: limits.per_message }));
      break;
    }
    try {
      const taken = await take(file, limits);
      here = filesIn(conversation);
      if (here.reduce((sum, one) => sum + one.bytes, taken.bytes) > limits.message_bytes_max) throw new Refusal(t('attach_total', { max: bytes(limits.message_bytes_max) }));
      here = [...here, taken];
      setFiles(conversation, here);
    } catch (error) {
      refused.push(error instanceof Refusal ? error.message : t('attach_kind', { name: file.name }));
    }
  }
  complaints.value = refused;
  if (refused.length === 0) say(tn('attached_count', here.length));
}

export const addText = (conversation: string | null, content: string): Promise<void> =>
  addFiles(conversation, [new File([content], `${t('attach_pasted')}.txt`, { type: 'text/plain' })]);
