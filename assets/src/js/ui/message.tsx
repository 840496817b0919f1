// One message of the thread, with what can be done to it.

import { useEffect, useState } from 'preact/hooks';
import { copyText } from '../state/clipboard.ts';
import { fork } from '../state/conversations.ts';
import { liveOf } from '../state/live.ts';
import { troubled } from '../state/queue.ts';
import { canSpeak, speaking } from '../state/speech.ts';
import { online, say, toast } from '../state/status.ts';
import { isLocal, kTemporary, messagesSeen, showAlternative } from '../state/thread.ts';
import { siblingsOf } from '../state/tree.ts';
import { settings } from '../state/settings.ts';
import { again, goOn, isRunning, stop, stopAsked } from '../state/turns.ts';
import type { Message } from '../state/types.ts';
import { duration, t } from '../words.ts';
import { AnswerText, ReasoningText } from './answer-text.tsx';
import { Failure } from './failure.tsx';
import { Icon, Mark, type IconName } from './icons.tsx';
import { lazy } from './lazy.tsx';
import { dialog, focusComposer, isTouch } from './view.ts';

// Fetched when first wanted.
const Details = lazy(() => import('./message-more.tsx').then((module) => module.Details));
const EditField = lazy(() => import('./message-more.tsx').then((module) => module.EditField));

const kSlowMs = 10_000;
const Attached = lazy(() => import('./attached.tsx').then((module) => module.Attached));

function Action({ icon, label, onClick, ...rest }: { icon: IconName; label: string; onClick: () => void; [key: `aria-${string}`]: string | boolean }) {
  return (
    <button type="button" class="icon-button small" aria-label={label} title={label} onClick={onClick} {...rest}>
      <Icon name={icon} size={18} />
    </button>
  );
}

function CopyAction({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    const done = await copyText(text);
    if (!done) return toast(t('copy_failed'));
    setCopied(true);
    say(t('copied'));
    setTimeout(() => setCopied(false), 1600);
  };
  return <Action icon={copied ? 'check' : 'copy'} label={copied ? t('copied') : t('copy')} onClick={() => void copy()} />;
}

function Alternatives({ message }: { message: Message }) {
  const all = siblingsOf(messagesSeen.value, message);
  if (all.length < 2) return null;
  const at = all.findIndex((m) => m.id === message.id);
  const step = (to: number, icon: IconName, label: string) => (
    <button type="button" class="icon-button small" aria-label={label} aria-disabled={!all[to]} onClick={() => all[to] && showAlternative(all[to]!)}>
      <Icon name={icon} size={16} />
    </button>
  );
  return (
    <span class="alternatives">
      {step(at - 1, 'left', t('alternative_before'))}
      <span class="tabular">{t('alternative', { at: at + 1, all: all.length })}</span>
      {step(at + 1, 'right', t('alternative_next'))}
    </span>
  );
}

// With its answers, or alone where there are others; it can be brought back for some seconds.
function DeleteAction({ message }: { message: Message }) {
  if (isLocal(message) || isRunning(message.conversation)) return null;
  const remove = (): void => {
    void import('../state/removal.ts').then((module) => module.removeMessage(message), () => toast(t('not_saved_offline')));
    if (!isTouch()) focusComposer();
  };
  const alone = message.role === 'assistant' && siblingsOf(messagesSeen.value, message).length > 1;
  const label = message.role === 'user' ? t('delete_question') : t(alone ? 'delete_version' : 'delete_pair');
  return <Action icon="trash" label={label} onClick={remove} />;
}

interface QuestionProps {
  message: Message;
  editing: boolean;
  onEdit: (on: boolean) => void;
}

export function Question({ message, editing, onEdit }: QuestionProps) {
  const heading = `said-${message.id}`;
  return (
    <article class="message user" id={`message-${message.id}`} tabindex={-1} aria-labelledby={heading}>
      <h2 class="offscreen" id={heading}>{t('you_said')}</h2>
      {editing ? (
        <EditField message={message} onEnd={() => onEdit(false)} />
      ) : (
        <>
          {message.attachments && <div class={message.attachments.some((file) => file.kind === 'image') ? 'attached-place pictures' : 'attached-place'}><Attached files={message.attachments} /></div>}
          {message.text.trim() && (settings.value.markdownQuestions ? <div class="bubble formatted" dir="auto"><AnswerText message={message} /></div> : <div class="bubble" dir="auto">{message.text}</div>)}
          <div class="actions">
            <Alternatives message={message} />
            {message.text.trim() && <CopyAction text={message.text} />}
            {!isRunning(message.conversation) && <Action icon="edit" label={t('edit')} onClick={() => onEdit(true)} />}
            <DeleteAction message={message} />
          </div>
        </>
      )}
    </article>
  );
}

// What was said before, in short: the model reads this instead of the messages above, which all stay.
export function Summary({ message }: { message: Message }) {
  return (
    <details class="message summary" id={`message-${message.id}`}>
      <summary><Icon name="fold" size={18} />{t('summary')}<Icon name="chevron" size={16} /></summary>
      <p class="quiet">{t('summary_text')}</p>
      <AnswerText message={message} />
    </details>
  );
}

function Waiting({ message }: { message: Message }) {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), kSlowMs);
    return () => clearTimeout(timer);
  }, []);
  const other = (): void => {
    stop(message.conversation);
    dialog.value = 'models';
  };
  return (
    <p class="waiting">
      <span class="dots" role="img" aria-label={t('thinking')}><i /><i /><i /></span>
      {slow && <span class="quiet">{t('thinking_slow')}</span>}
      {slow && !stopAsked(message.conversation) && (
        <span class="waiting-ways">
          <button type="button" class="button small" onClick={() => stop(message.conversation)}>{t('stop')}</button>
          <button type="button" class="button small" onClick={other}>{t('model_other')}</button>
        </span>
      )}
    </p>
  );
}

function Reasoning({ message, writing }: { message: Message; writing: boolean }) {
  const time = message.reasoningMs;
  const done = time === undefined ? t('reasoning_plain') : t('reasoning_done', { time: duration(time) });
  // Its own window while it is written, folded when the answer begins; a person's click is kept until then.
  return (
    <details class={writing ? 'reasoning live' : 'reasoning'} key={writing ? 'live' : 'kept'} open={writing}>
      <summary class={writing ? 'live' : ''}>{writing ? t('reasoning_live') : done}<Icon name="chevron" size={16} /></summary>
      <ReasoningText key={writing ? 'live' : 'kept'} message={message} />
    </details>
  );
}

function endNote(message: Message): string | undefined {
  if (message.state === 'stopped') return t('stopped');
  if (message.state === 'interrupted') return t('interrupted');
  if (message.finish === 'length') return t('finish_length');
  if (message.finish === 'content_filter') return t('finish_filter');
  return message.finish === 'refusal' ? t('finish_refusal') : undefined;
}

// Re-renders itself when the first text or reasoning arrives; later pieces do not concern it.
function useFirsts(message: Message): { text: boolean; reasoning: boolean } {
  const live = liveOf(message.id);
  const [, redraw] = useState(0);
  useEffect(() => {
    if (!live) return undefined;
    const seen = { text: live.text !== '', reasoning: live.reasoning !== '' };
    redraw((n) => n + 1);
    const listener = (kind: 'text' | 'reasoning' | 'end'): void => {
      if (kind === 'end' || seen[kind]) return;
      seen[kind] = true;
      redraw((n) => n + 1);
    };
    live.listeners.add(listener);
    return () => void live.listeners.delete(listener);
  }, [message.id, live]);
  return { text: (live?.text ?? message.text) !== '', reasoning: (live?.reasoning ?? message.reasoning ?? '') !== '' };
}

// Reads it aloud; while it does, pauses and stops.
function ReadActions({ message }: { message: Message }) {
  const speaker = (then: (module: typeof import('./speaker.ts')) => void): void => void import('./speaker.ts').then(then, () => toast(t('chunk_failed')));
  if (!canSpeak.value) return null;
  const here = speaking.value?.message === message.id ? speaking.value : undefined;
  if (!here) return <Action icon="sound" label={t('read_aloud')} onClick={() => speaker((module) => module.read(message.id))} />;
  return (
    <>
      <Action icon={here.paused ? 'play' : 'pause'} label={t(here.paused ? 'read_resume' : 'read_pause')} onClick={() => speaker((module) => module.pauseReading())} />
      <Action icon="stop" label={t('read_stop')} onClick={() => speaker((module) => module.stopReading())} />
    </>
  );
}

const kMayGoOn = new Set<Message['state']>(['stopped', 'interrupted']);

function AnswerActions({ message, open, onOpen }: { message: Message; open: boolean; onOpen: (open: boolean) => void }) {
  const stored = message.conversation !== kTemporary && !isLocal(message);
  const free = !isRunning(message.conversation);
  const cut = kMayGoOn.has(message.state) || (message.state === 'done' && message.finish === 'length');
  return (
    <div class="actions">
      <Alternatives message={message} />
      {message.text && <CopyAction text={message.text} />}
      {message.text && <ReadActions message={message} />}
      {free && message.state !== 'failed' && <Action icon="again" label={message.state === 'done' ? t('again') : t('retry')} onClick={() => (again(message), focusComposer())} />}
      {stored && message.text && <Action icon="fork" label={t('fork')} onClick={() => void fork(message.conversation, message.id)} />}
      {message.text && <Action icon="info" label={t('details')} aria-expanded={open} onClick={() => onOpen(!open)} />}
      {free && <DeleteAction message={message} />}
      {stored && free && cut && message.text && <button type="button" class="button small" onClick={() => (goOn(message), focusComposer())}>{t('continue')}</button>}
    </div>
  );
}

export function Answer({ message, onEditQuestion }: { message: Message; onEditQuestion: () => void }) {
  const [open, setOpen] = useState(false);
  const has = useFirsts(message);
  const writing = message.state === 'running' || message.state === 'waiting';
  const away = message.state === 'waiting' && (!online.value || troubled.value);
  const note = endNote(message);
  const heading = `said-${message.id}`;
  return (
    <article class="message assistant" id={`message-${message.id}`} tabindex={-1} aria-labelledby={heading} data-state={message.state}>
      <h2 class="offscreen" id={heading}>{t('assistant_said')}</h2>
      <div class="speaker"><Mark size={28} /></div>
      <div class="answer">
        {has.reasoning && <Reasoning message={message} writing={writing && !has.text} />}
        <AnswerText message={message} />
        {away && <p class="end-note"><Icon name="cloud" size={16} />{t('waiting_network')}</p>}
        {writing && !away && !has.text && !has.reasoning && <Waiting message={message} />}
        {note && <p class="end-note">{note}</p>}
        {message.error && message.state === 'failed' && <Failure message={message} error={message.error} onEdit={onEditQuestion} />}
        {!writing && <AnswerActions message={message} open={open} onOpen={setOpen} />}
        {open && <Details message={message} />}
      </div>
    </article>
  );
}
