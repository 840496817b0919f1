// The saved prompts among the settings: a list in which each can be changed in its place or deleted, and taken back at once.

import '../../css/prompts.css';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { dropPrompt, fits, keepPrompt, kPromptNameMax, kPromptsMax, prompts, wanted, type Prompt } from '../state/prompts.ts';
import { hasAccounts } from '../state/session.ts';
import { t } from '../words.ts';
import { Icon } from './icons.tsx';

const focusOn = (id: string): void => void setTimeout(() => document.getElementById(id)?.focus());

function Form({ prompt, onEnd }: { prompt: Prompt | undefined; onEnd: () => void }) {
  const [name, setName] = useState(prompt?.name ?? '');
  const [text, setText] = useState(prompt?.text ?? '');
  const first = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => first.current!.focus(), []);
  useEffect(() => void setTimeout(() => first.current?.focus()), []); // the dialog around it may be shown only then
  const long = !fits(text);
  const save = (event: Event): void => {
    event.preventDefault();
    if (name.trim() && text.trim() && keepPrompt({ id: prompt?.id, name, text })) onEnd();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.isComposing) return;
    event.preventDefault(); // the settings stay open
    onEnd();
  };
  return (
    <form class="prompt-form" onSubmit={save} onKeyDown={onKey}>
      <label class="choice"><span>{t('prompt_name')}</span><input ref={first} type="text" dir="auto" maxLength={kPromptNameMax} required autocomplete="off" value={name} onInput={(event) => setName(event.currentTarget.value)} /></label>
      <div class="setting-text">
        <label for="prompt-text">{t('prompt_text')}</label>
        <textarea id="prompt-text" rows={3} dir="auto" required aria-invalid={long} aria-describedby="prompt-hint" value={text} onInput={(event) => setText(event.currentTarget.value)} />
        <p class="quiet" id="prompt-hint">{t(long ? 'instructions_long' : 'prompts_hint')}</p>
      </div>
      <div class="edit-actions">
        <button type="button" class="button" onClick={onEnd}>{t('cancel')}</button>
        <button type="submit" class="button main">{t('prompt_save')}</button>
      </div>
    </form>
  );
}

function Row({ prompt, onEdit, onDelete }: { prompt: Prompt; onEdit: () => void; onDelete: () => void }) {
  return (
    <>
      <span class="prompt-words"><span class="one-line" dir="auto">{prompt.name}</span><span class="quiet one-line" dir="auto">{prompt.text}</span></span>
      <button type="button" class="icon-button" id={`edit-${prompt.id}`} aria-label={`${t('edit')}: ${prompt.name}`} title={t('edit')} onClick={onEdit}><Icon name="edit" size={18} /></button>
      <button type="button" class="icon-button" aria-label={`${t('delete')}: ${prompt.name}`} title={t('delete')} onClick={onDelete}><Icon name="trash" size={18} /></button>
    </>
  );
}

export function SavedPrompts() {
  const [open, setOpen] = useState(wanted.peek() ? '' : null as string | null); // the one whose form is open; '': a new one
  useEffect(() => void (wanted.value = false), []);
  const [gone, setGone] = useState<Prompt | null>(null);
  const end = (): void => {
    focusOn(open ? `edit-${open}` : 'prompt-new');
    setOpen(null);
  };
  const remove = (prompt: Prompt): void => {
    dropPrompt(prompt.id);
    setGone(prompt);
    focusOn('prompt-undo');
  };
  const undo = (): void => {
    keepPrompt(gone!);
    focusOn(`edit-${gone!.id}`);
    setGone(null);
  };
  return (
    <>
      {prompts.value.length > 0 ? (
        <ul class="saved-prompts">
          {prompts.value.map((one) => (
            <li key={one.id}>{open === one.id ? <Form prompt={one} onEnd={end} /> : <Row prompt={one} onEdit={() => setOpen(one.id)} onDelete={() => remove(one)} />}</li>
          ))}
        </ul>
      ) : open === null && <p class="quiet">{t('prompts_hint')}</p>}
      <p class="quiet prompt-gone" role="status">
        {gone && <><span dir="auto">{t('deleted', { title: gone.name })}</span> <button type="button" class="text-button" id="prompt-undo" onClick={undo}>{t('undo')}</button></>}
      </p>
      {hasAccounts.value && prompts.value.length > 0 && <p class="quiet">{t('prompts_where')}</p>}
      {open === '' && <Form prompt={undefined} onEnd={end} />}
      {open !== '' && (prompts.value.length < kPromptsMax
        ? <button type="button" class="button" id="prompt-new" onClick={() => setOpen('')}><Icon name="plus" size={18} />{t('prompt_new')}</button>
        : <p class="quiet">{t('prompts_full', { n: kPromptsMax })}</p>)}
    </>
  );
}
