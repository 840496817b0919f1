// The message field. The draft is kept per conversation at every key; what is being composed by an input method is never
// sent by Enter; a running answer turns the button into Stop and leaves the text alone.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { kMessageCharsMax } from '../chat-client.ts';
import { filesIn, setFiles } from '../state/attachments.ts';
import { arrived, draftOf, keepDraft } from '../state/drafts.ts';
import { missing, models, modelsLoaded, usable } from '../state/models.ts';
import { nextIn, sendAfter, takeNextBack } from '../state/next-message.ts';
import { scarce } from '../state/quota.ts';
import { settings } from '../state/settings.ts';
import { say } from '../state/status.ts';
import { current, isTemporary, shown } from '../state/thread.ts';
import { isRunning, send, stop, stopAsked } from '../state/turns.ts';
import { AttachArea, AttachButton, blindModel, MicButton, RecordArea } from './attach.tsx';
import { lazy } from './lazy.tsx';
import { leftWords } from './quota-words.ts';
import { t, tn } from '../words.ts';
import { Icon } from './icons.tsx';
import { dialog, editing, isTouch } from './view.ts';

const kCounterFrom = 0.9;
const Prompts = lazy(() => import('./prompts.tsx').then((module) => module.Prompts));
const sizesItself = CSS.supports('field-sizing', 'content');

function ModelButton() {
  const model = usable(current.value ?? null);
  const name = model?.name ?? (modelsLoaded.value || models.value.length ? t('model_none') : '…');
  return (
    <button type="button" class="model-button" aria-haspopup="dialog" aria-label={t('model_now', { name })} onClick={() => (dialog.value = 'models')}>
      {model?.provider === 'demo' && <span class="dot" aria-hidden="true" />}
      <span class="model-name">{name}</span>
      <Icon name="chevron" size={16} />
    </button>
  );
}

function Counter({ length }: { length: number }) {
  if (length < kMessageCharsMax * kCounterFrom) return null;
  const left = kMessageCharsMax - length;
  return <span class={left < 0 ? 'counter over' : 'counter'} id="counter">{left < 0 ? tn('over', -left) : tn('left', left)}</span>;
}

// What stands above the field: the message that waits for the end of an answer, and a model that is no longer there.
function Notes({ conversation }: { conversation: string | null }) {
  const next = conversation === null ? undefined : nextIn(conversation);
  const gone = missing(current.value ?? null);
  const other = usable(current.value ?? null);
  return (
    <>
      {gone && other && <p class="composer-note">{t('model_gone', { name: gone, other: other.name })}</p>}
      {next && (
        <div class="next-message">
          <span class="quiet">{t('next_label')}</span>
          {next.attachments && <Icon name="attach" size={18} />}
          <span class="next-text" dir="auto">{next.message} {next.attachments && <span class="quiet">{next.attachments.map((file) => file.name).join(', ')}</span>}</span>
          <button type="button" class="icon-button small" aria-label={t('next_back')} title={t('next_back')} onClick={() => takeNextBack(conversation!)}><Icon name="edit" size={18} /></button>
        </div>
      )}
    </>
  );
}

// Arrow Up in an empty field: the last own message is changed.
function editLast(): boolean {
  const last = shown.peek().findLast((m) => m.role === 'user');
  if (last) editing.value = last.id;
  return last !== undefined;
}

// An input method's Enter: Safari reports it with keyCode 229 and isComposing already false.
const composing = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === 229;

export function Composer({ conversation, autofocus = true }: { conversation: string | null; autofocus?: boolean }) {
  const [text, setText] = useState(() => draftOf(conversation));
  const field = useRef<HTMLTextAreaElement>(null);
  const busy = conversation !== null && isRunning(conversation);
  const stopping = busy && stopAsked(conversation);
  const length = text.length < kMessageCharsMax * kCounterFrom ? text.length : [...text].length;
  const files = isTemporary.value ? [] : filesIn(conversation);
  const ready = (text.trim() !== '' || files.length > 0) && length <= kMessageCharsMax && !blindModel(conversation);

  useEffect(() => {
    if (autofocus && !isTouch()) field.current?.focus({ preventScroll: true });
  }, []);
  // Taken in the moment it arrives: a frame later it would replace what has been typed since.
  useLayoutEffect(() => {
    const before = arrived.peek();
    return arrived.subscribe((came) => came !== before && came?.conversation === (conversation ?? 'new') && setText(came.text));
  }, []);
  useLayoutEffect(() => {
    if (sizesItself || !field.current) return;
    field.current.style.height = 'auto';
    field.current.style.height = `${field.current.scrollHeight}px`;
  }, [text]);

  const set = (value: string): void => {
    setText(value);
    keepDraft(conversation, value);
  };
  const empty = (): void => {
    setText('');
    if (files.length > 0) setFiles(conversation, []);
  };
  const submit = (): void => {
    if (!ready) return;
    if (busy) {
      if (!sendAfter(conversation!, text, files)) return;
      say(t('next_kept'));
      return empty();
    }
    // send() may move to a new conversation, whose composer starts empty: the draft goes first.
    keepDraft(conversation, '');
    if (send(text, files)) empty();
    else keepDraft(conversation, text);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && busy && !event.shiftKey) stop(conversation!);
    if (event.key === 'ArrowUp' && text === '' && !busy && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey && editLast()) event.preventDefault();
    if (event.key !== 'Enter' || composing(event) || event.shiftKey || event.altKey) return;
    if (!settings.value.enterSends && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    submit();
  };
  const mayQueue = busy && ready && nextIn(conversation!) === undefined;
  return (
    <>
    <Notes conversation={conversation} />
    <form class="composer" onSubmit={(event) => (event.preventDefault(), submit())}>
      <AttachArea conversation={conversation} text={text} onText={set} />
      <RecordArea text={text} onText={set} />
      {text.startsWith('/') && <Prompts text={text} onText={set} />}
      <textarea
        ref={field} id="message" rows={1} dir="auto" aria-label={t('message_label')} placeholder={t(isTemporary.value ? 'message_temporary' : 'message_placeholder')} autocomplete="off"
        aria-describedby={length >= kMessageCharsMax * kCounterFrom ? 'counter' : undefined} aria-invalid={length > kMessageCharsMax}
        enterkeyhint={settings.value.enterSends ? 'send' : 'enter'} value={text}
        onInput={(event) => set(event.currentTarget.value)} onKeyDown={onKey}
      />
      <div class="composer-row">
        <AttachButton conversation={conversation} />
        <ModelButton />
        {scarce.value && length < kMessageCharsMax * kCounterFrom && <a class="counter quota-left" href="/account/usage" data-go>{leftWords(scarce.value)}</a>}
        <Counter length={length} />
        <MicButton />
        {mayQueue && <button type="submit" class="round send after" aria-label={t('next_send')} title={t('next_send')}><Icon name="send" /></button>}
        {busy ? (
          <button type="button" class="round stop" aria-label={stopping ? t('stopping') : t('stop')} aria-disabled={stopping} onClick={() => stopping || stop(conversation!)}><Icon name="stop" /></button>
        ) : (
          <button type="submit" class="round send" aria-label={ready ? t('send') : t('send_empty')} disabled={!ready}><Icon name="send" /></button>
        )}
      </div>
    </form>
    </>
  );
}
