// What `/` at the beginning of the field offers: saved prompts, filtered by what is typed behind it. The focus stays in the
// field, whose arrow keys and Enter belong to the list as long as it shows something (ARIA listbox with active descendant).

import '../../css/prompts.css';
import './more-words.ts';
import { useLayoutEffect, useState } from 'preact/hooks';
import { prompts, wanted, type Prompt } from '../state/prompts.ts';
import { matches } from '../state/tree.ts';
import { t } from '../words.ts';
import { dialog } from './view.ts';

const kPlace = /\[(?![ x]\])[^\][\n]+\](?!\()/; // [a name], but neither a task's box nor a link

// Into the field, with the first place to be filled in selected.
function insert(field: HTMLTextAreaElement, text: string, onText: (text: string) => void): void {
  const place = kPlace.exec(text);
  field.value = text;
  field.setSelectionRange(place ? place.index : text.length, place ? place.index + place[0].length : text.length);
  field.focus();
  onText(text);
}

function writeOne(): void {
  wanted.value = true;
  dialog.value = 'settings';
}

const idOf = (prompt: Prompt): string => `prompt-${prompt.id}`;
const kNone: readonly Prompt[] = [];

export function Prompts({ text, onText }: { text: string; onText: (text: string) => void }) {
  const [active, setActive] = useState('');
  const [closed, setClosed] = useState(false);
  const found = closed || text.includes('\n') ? kNone : prompts.value.filter((one) => matches(one.name, text.slice(1).trim()));
  const empty = !closed && prompts.value.length === 0 && text === '/';
  const at = Math.max(0, found.findIndex((one) => one.id === active));
  const marked = found[at];
  useLayoutEffect(() => {
    const field = document.getElementById('message') as HTMLTextAreaElement;
    const onKey = (event: KeyboardEvent): void => {
      if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      const move = { ArrowDown: 1, ArrowUp: found.length - 1 }[event.key];
      if (event.key === 'Escape' && (marked || empty)) setClosed(true);
      else if (event.key === 'Enter' && marked) insert(field, marked.text, onText);
      else if (move !== undefined && marked) {
        const next = found[(at + move) % found.length]!;
        setActive(next.id);
        document.getElementById(idOf(next))?.scrollIntoView({ block: 'nearest' });
      } else return;
      event.preventDefault();
      event.stopImmediatePropagation(); // the field would send, or stop the answer
    };
    field.addEventListener('keydown', onKey, true);
    const attributes: [string, string | undefined][] = [['aria-autocomplete', marked && 'list'], ['aria-controls', marked && 'prompt-list'], ['aria-activedescendant', marked && idOf(marked)]];
    for (const [name, value] of attributes) if (value) field.setAttribute(name, value);
    return () => {
      field.removeEventListener('keydown', onKey, true);
      for (const [name] of attributes) field.removeAttribute(name);
    };
  });
  if (empty) {
    return (
      <p class="attach-note"><span>{t('prompts_none')}</span><button type="button" class="button" onClick={writeOne}>{t('prompt_new')}</button></p>
    );
  }
  if (!marked) return null;
  return (
    <div class="options prompt-list" id="prompt-list" role="listbox" aria-label={t('prompts')} tabindex={-1}>
      {found.map((one) => (
        <div
          key={one.id} id={idOf(one)} role="option" class="option" aria-selected={one === marked} data-active={one === marked}
          onPointerMove={() => one === marked || setActive(one.id)} onMouseDown={(event) => event.preventDefault()}
          onClick={() => insert(document.getElementById('message') as HTMLTextAreaElement, one.text, onText)}
        >
          <span class="option-name" dir="auto">{one.name}</span>
          <span class="option-note one-line" dir="auto">{one.text}</span>
        </div>
      ))}
    </div>
  );
}
