// Settings: saved at once, for this browser and its other tabs.

import './more-words.ts';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../base.ts';
import { languages, pickLanguage } from '../languages.ts';
import { install, installable, installed, onApple } from '../state/install.ts';
import { change, instructionsAllowed, kInstructionsMax, settings, type Settings as Saved, type TextSize, type Theme } from '../state/settings.ts';
import { t } from '../words.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icons.tsx';
import { SavedPrompts } from './saved-prompts.tsx';
import { dialog } from './view.ts';

const themes: Theme[] = ['system', 'light', 'dark'];
const sizes: TextSize[] = ['small', 'normal', 'large', 'huge'];

interface Choice<K extends keyof Saved> {
  name: K;
  title: string;
  values: readonly Saved[K][];
  word: (value: Saved[K]) => string;
}

function Segments<K extends keyof Saved>({ name, title, values, word }: Choice<K>) {
  return (
    <fieldset class="segments">
      <legend>{title}</legend>
      {values.map((value) => (
        <label key={String(value)}>
          <input type="radio" name={name} checked={settings.value[name] === value} onChange={() => change({ [name]: value } as Partial<Saved>)} />
          <span>{word(value)}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Switch({ name, title, hint }: { name: 'enterSends' | 'markdownQuestions'; title: string; hint: string }) {
  return (
    <div class="setting">
      <label class="switch">
        <input type="checkbox" role="switch" aria-describedby={`hint-${name}`} checked={settings.value[name]} onChange={(event) => change({ [name]: event.currentTarget.checked })} />
        <span>{title}</span>
      </label>
      <p class="quiet" id={`hint-${name}`}>{hint}</p>
    </div>
  );
}

function LanguageChoice() {
  const own = pickLanguage('auto', navigator.languages).name;
  return (
    <label class="choice">
      <span>{t('language')}</span>
      <select value={settings.value.language} onChange={(event) => change({ language: event.currentTarget.value })}>
        <option value="auto">{t('language_auto', { name: own })}</option>
        {languages.map((one) => <option key={one.id} value={one.id} lang={one.tag}>{one.name}</option>)}
      </select>
    </label>
  );
}

function CodeFont() {
  return (
    <label class="choice">
      <span>{t('code_font')}</span>
      <input
        type="text" class="code-font" maxLength={60} placeholder={t('code_font_hint')} autocomplete="off" spellcheck={false} defaultValue={settings.value.codeFont}
        onInput={(event) => change({ codeFont: event.currentTarget.value })}
      />
    </label>
  );
}

// An empty field is the model's own value; what is out of range is not taken.
function NumberField({ name, title, max, step }: { name: 'temperature' | 'maxTokens'; title: string; max: number; step: number }) {
  const [bad, setBad] = useState(false);
  const take = (field: HTMLInputElement): void => {
    const value = field.value === '' ? null : field.valueAsNumber;
    const fits = value === null ? !field.validity.badInput : value >= (name === 'maxTokens' ? 1 : 0) && value <= max && (name === 'temperature' || Number.isInteger(value));
    setBad(!fits);
    if (fits) change({ [name]: value });
  };
  return (
    <label class="choice">
      <span>{title}</span>
      <input
        type="number" inputMode="decimal" min={name === 'maxTokens' ? 1 : 0} max={max} step={step} placeholder={t('model_own')} aria-invalid={bad}
        defaultValue={settings.value[name] === null ? '' : String(settings.value[name])} onInput={(event) => take(event.currentTarget)}
      />
    </label>
  );
}

function Instructions() {
  const { instructions } = settings.value;
  const [length, setLength] = useState([...instructions].length);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const area = field.current;
    if (!area || area.value === instructions || [...area.value].length > kInstructionsMax) return;
    const at = area.selectionStart; // another device wrote behind what is being written here
    area.value = instructions;
    area.setSelectionRange(at, at);
    setLength([...instructions].length);
  }, [instructions]);
  const set = (text: string): void => {
    setLength([...text].length);
    if ([...text].length <= kInstructionsMax) change({ instructions: text });
  };
  if (!instructionsAllowed.value) return <p class="quiet">{t('instructions_locked')}</p>;
  return (
    <div class="setting-text">
      <label for="instructions">{t('instructions')}</label>
      <textarea
        ref={field} id="instructions" rows={3} dir="auto" placeholder={t('instructions_example')} aria-describedby="instructions-hint" aria-invalid={length > kInstructionsMax}
        defaultValue={instructions} onInput={(event) => set(event.currentTarget.value)}
      />
      <p class="quiet" id="instructions-hint">{length > kInstructionsMax ? t('instructions_long') : t('instructions_hint')}</p>
    </div>
  );
}

function About() {
  const [version, setVersion] = useState('');
  useEffect(() => {
    void fetch(`${api}/health`)
      .then((response) => response.json())
      .then((health: { version?: string }) => setVersion(t('about_version', { version: health.version ?? '?' })))
      .catch(() => setVersion(t('about_unknown')));
  }, []);
  return (
    <>
      <p class="quiet about-version">{version || '\u00a0'}</p>
      {!isSecureContext && <p class="quiet">{t('about_insecure')}</p>}
      {isSecureContext && onApple && !installed() && <p class="quiet">{t('about_install_ios')}</p>}
      {installable.value && !onApple && <button type="button" class="button" onClick={() => void install()}><Icon name="download" size={18} />{t('install_title')}</button>}
    </>
  );
}

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return <section><h3>{title}</h3>{children}</section>;
}

export function Settings() {
  return (
    <Dialog title={t('settings')} name="settings" onClose={() => dialog.peek() === 'settings' && (dialog.value = null)}>
      <div class="settings">
        <Part title={t('settings_look')}>
          <Segments name="theme" title={t('theme')} values={themes} word={(theme) => t(`theme_${theme}`)} />
          <Segments name="textSize" title={t('text_size')} values={sizes} word={(size) => t(`text_${size}`)} />
          <Segments name="density" title={t('density')} values={['cosy', 'compact']} word={(density) => t(`density_${density}`)} />
          <LanguageChoice />
          <CodeFont />
        </Part>
        <Part title={t('settings_writing')}>
          <Switch name="enterSends" title={t('enter_sends')} hint={t('enter_hint')} />
          <Switch name="markdownQuestions" title={t('markdown_questions')} hint={t('markdown_questions_hint')} />
        </Part>
        <Part title={t('prompts')}><SavedPrompts /></Part>
        <Part title={t('settings_answers')}>
          <Instructions />
          <NumberField name="temperature" title={t('temperature')} max={2} step={0.1} />
          <NumberField name="maxTokens" title={t('max_tokens')} max={400_000} step={1} />
        </Part>
        <Part title={t('about')}>
          <button type="button" class="button" onClick={() => (dialog.value = 'shortcuts')}><Icon name="keyboard" size={18} />{t('shortcuts')}</button>
          <About />
        </Part>
      </div>
    </Dialog>
  );
}
