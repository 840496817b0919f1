// How files come into the field: the button, the clipboard, and dragging them over the window. What is done with them is
// in add-files.ts, which is fetched with the first one.

import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { attachmentLimits, complaints, filesIn, findFiles } from '../state/attachments.ts';
import { transcription, usable } from '../state/models.ts';
import { toast } from '../state/status.ts';
import { current, isTemporary } from '../state/thread.ts';
import { t } from '../words.ts';
import { Icon } from './icons.tsx';
import { lazy } from './lazy.tsx';
import { focusComposer } from './view.ts';

const kLongText = 4000; // characters pasted at once that are offered as a file

interface Pasted {
  conversation: string | null;
  text: string;
}
export interface AreaProps {
  conversation: string | null;
  text: string;
  onText: (text: string) => void;
}
export const longText = signal<Pasted | null>(null);
export const dragging = signal(false); // files, over the window

const mayAttach = (): boolean => attachmentLimits.value !== undefined && !isTemporary.value;

function add(conversation: string | null, files: readonly File[]): void {
  if (!attachmentLimits.peek()) return;
  if (isTemporary.peek()) return toast(t('attach_not_temporary'));
  import('./add-files.ts').then((module) => module.addFiles(conversation, files), () => toast(t('chunk_failed')));
}

export function AttachButton({ conversation }: { conversation: string | null }) {
  const input = useRef<HTMLInputElement>(null);
  if (!mayAttach()) return null;
  const chosen = (): void => {
    add(conversation, [...input.current!.files!]);
    input.current!.value = '';
    focusComposer();
  };
  return (
    <>
      <input ref={input} type="file" multiple hidden tabindex={-1} onChange={chosen} />
      <button type="button" class="icon-button attach" aria-label={t('attach')} title={t('attach')} onClick={() => input.current?.click()}><Icon name="attach" /></button>
    </>
  );
}

// Whoever drags files anywhere over the window may drop them anywhere; nothing else that is dragged concerns us.
function useDropping(conversation: string | null): void {
  useEffect(() => {
    const hasFiles = (event: DragEvent): boolean => !!event.dataTransfer?.types.includes('Files');
    const enter = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      dragging.value = true;
    };
    const leave = (event: DragEvent): void => {
      if (!event.relatedTarget) dragging.value = false; // out of the window, not from one element to the next
    };
    const drop = (event: DragEvent): void => {
      dragging.value = false;
      if (!hasFiles(event)) return;
      event.preventDefault(); // the browser would open the file instead of the app
      add(conversation, [...event.dataTransfer!.files]);
      focusComposer();
    };
    const key = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') dragging.value = false;
    };
    const listeners = { dragenter: enter, dragover: enter, dragleave: leave, drop, keydown: key } as unknown as Record<string, EventListener>;
    for (const [name, listener] of Object.entries(listeners)) addEventListener(name, listener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) removeEventListener(name, listener);
    };
  }, [conversation]);
}

// Files of the clipboard, wherever the focus is; text only where it is typed.
function usePasting(conversation: string | null): void {
  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      const data = event.clipboardData;
      if (!data || document.querySelector('dialog[open]')) return;
      const typing = event.target instanceof HTMLTextAreaElement && event.target.closest('.composer') !== null;
      const text = data.getData('text/plain');
      // Office programs put a picture of the text beside it: the text is meant.
      if (data.files.length > 0 && !text) {
        event.preventDefault();
        add(conversation, [...data.files]);
      } else if (typing && text.length > kLongText && mayAttach()) longText.value = { conversation, text };
    };
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, [conversation]);
}

// What stands above the field: files, why others were not taken, and offers; fetched when there is any of it.
const Area = lazy(() => import('./attach-area.tsx').then((module) => module.AttachArea));

export function AttachArea(props: AreaProps) {
  const { conversation } = props;
  useDropping(conversation);
  usePasting(conversation);
  useEffect(() => {
    complaints.value = [];
    void findFiles(conversation);
  }, [conversation]);
  const any = filesIn(conversation).length + complaints.value.length > 0 || longText.value !== null || dragging.value;
  return any ? <Area {...props} /> : null;
}

// Speaking instead of typing, where a provider writes it down and the page may ask for the microphone (HTTPS).
const Recorder = lazy(() => import('./recorder.tsx').then((module) => module.Recorder));
const recording = signal(false);
const mayRecord = (): boolean => transcription.value !== null && 'mediaDevices' in navigator && 'MediaRecorder' in globalThis;

export function MicButton() {
  if (!mayRecord() || recording.value) return null;
  const label = t('mic', { name: transcription.value!.name });
  return <button type="button" class="icon-button mic" aria-label={label} title={label} onClick={() => (recording.value = true)}><Icon name="mic" /></button>;
}

export function RecordArea({ text, onText }: { text: string; onText: (text: string) => void }) {
  const latest = useRef(text); // the person may type on while it is written down
  latest.current = text;
  useEffect(() => () => void (recording.value = false), []);
  if (!recording.value) return null;
  const end = (): void => {
    recording.value = false;
    focusComposer();
  };
  return <Recorder onText={(said) => onText(latest.current + (/\S$/.test(latest.current) ? ' ' : '') + said)} onEnd={end} />;
}

// The name of the model that would answer and is known not to see the pictures that wait.
export function blindModel(conversation: string | null): string | undefined {
  if (!filesIn(conversation).some((file) => file.kind === 'image')) return undefined;
  const model = usable(current.value ?? null);
  return model?.images === false ? model.name : undefined;
}
