// Fields, forms and lists that talk to the server: one way for all pages to be busy, to fail in words and to be done.

import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useId, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api-error.ts';
import * as api from '../api.ts';
import { inWords } from '../explain.ts';
import { copyText } from '../state/clipboard.ts';
import { countTo, now } from '../state/status.ts';
import '../../css/people.css';
import { t, type Key } from '../words.ts';
import { Icon } from '../ui/icons.tsx';

// A failure in words: the server's sentence, or ours where it has none worth showing.
export function wordsOf(error: unknown): string {
  if (!(error instanceof ApiError)) return String(error);
  const ours: Record<string, Key> = { offline: 'e_offline_plain', invalid_credentials: 'e_credentials', rate_limited: 'e_slow_down' };
  const key = ours[error.code];
  return key ? t(key) : inWords(error);
}

export interface Action {
  busy: boolean;
  error: unknown;
  run: (work: () => Promise<unknown>) => Promise<boolean>;
  clear: () => void;
}

export function useAction(): Action {
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: null });
  const alive = useRef(true);
  useEffect(() => () => void (alive.current = false), []);
  const run = useCallback(async (work: () => Promise<unknown>): Promise<boolean> => {
    setState({ busy: true, error: null });
    try {
      await work();
      if (alive.current) setState({ busy: false, error: null });
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.retryAfter) countTo(Date.now() + error.retryAfter * 1000);
      if (alive.current) setState({ busy: false, error });
      return false;
    }
  }, []);
  return { ...state, run, clear: () => setState({ busy: false, error: null }) };
}

export function Problem({ error }: { error: unknown }) {
  const [at] = useState(() => new Map<unknown, number>());
  if (!error) return null;
  if (!at.has(error)) at.set(error, Date.now());
  const wait = error instanceof ApiError ? error.retryAfter : undefined;
  const left = wait ? Math.ceil(wait - (Math.max(now.value, Date.now()) - at.get(error)!) / 1000) : 0;
  return <p class="problem" role="alert"><Icon name="warning" size={18} /><span>{wordsOf(error)}{left > 0 && ` ${t('try_in', { n: left })}`}</span></p>;
}

interface FieldProps {
  label: string;
  name: string;
  type: 'text' | 'password' | 'number';
  autocomplete: AutoFill;
  hint?: string | undefined;
  [attribute: string]: unknown;
}

type AutoFill = 'username' | 'current-password' | 'new-password' | 'one-time-code' | 'off';

export function Field({ label, hint, ...input }: FieldProps) {
  const id = useId();
  return (
    <div class="form-field">
      <label for={id}>{label}</label>
      <input {...(input as object)} id={id} aria-describedby={hint ? `${id}-hint` : undefined} />
      {hint && <p class="quiet" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

// A password with a button that shows it; paste is allowed, and a password manager finds what it needs.
export function Password({ label, name, autocomplete, hint }: { label: string; name: string; autocomplete: 'current-password' | 'new-password'; hint?: string }) {
  const [shown, setShown] = useState(false);
  const id = useId();
  return (
    <div class="form-field">
      <label for={id}>{label}</label>
      <span class="password">
        <input
          {...{ type: shown ? 'text' : 'password' } as object} id={id} name={name} autocomplete={autocomplete} required minLength={autocomplete === 'new-password' ? 8 : 1} maxLength={256}
          spellcheck={false} autocapitalize="none" aria-describedby={hint ? `${id}-hint` : undefined}
        />
        <button type="button" class="text-button" aria-pressed={shown} onClick={() => setShown(!shown)}>{shown ? t('hide') : t('show')}<span class="offscreen"> {label}</span></button>
      </span>
      {hint && <p class="quiet" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

export interface Option {
  value: string;
  label: string;
}

export function Select({ label, name, options, value, onChange }: { label: string; name: string; options: Option[]; value: string; onChange?: (value: string) => void }) {
  const id = useId();
  return (
    <div class="form-field">
      <label for={id}>{label}</label>
      <select id={id} name={name} value={value} onChange={(event) => onChange?.(event.currentTarget.value)}>
        {options.map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}
      </select>
    </div>
  );
}

type Values = Record<string, string>;

interface FormProps {
  submit: string;
  onSubmit: (values: Values) => Promise<unknown>;
  children: ComponentChildren;
  danger?: boolean;
  more?: ComponentChildren; // beside the button
}

// Gives the values of its fields; empties itself when that succeeded.
export function Form({ submit, onSubmit, children, danger, more }: FormProps) {
  const action = useAction();
  const send = async (event: Event & { currentTarget: HTMLFormElement }): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    if (action.busy) return;
    const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    if (await action.run(() => onSubmit(values))) form.reset();
    else (form.querySelector<HTMLElement>('[type=password]') ?? form.querySelector<HTMLElement>('input'))?.focus();
  };
  return (
    <form class="form" onSubmit={(event) => void send(event)}>
      {children}
      <Problem error={action.error} />
      <div class="form-actions">
        <button type="submit" class={danger ? 'button danger' : 'button main'} aria-disabled={action.busy}>{action.busy ? t('please_wait') : submit}</button>
        {more}
      </div>
    </form>
  );
}

export interface Loaded<T> {
  data: T | undefined;
  error: unknown;
  reload: () => void;
}

export function useLoad<T>(path: string): Loaded<T> {
  const [state, setState] = useState<{ data: T | undefined; error: unknown }>({ data: undefined, error: null });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    api.get<T>(path, { signal: abort.signal }).then((data) => setState({ data, error: null }), (error: unknown) => {
      if (!abort.signal.aborted) setState((before) => ({ ...before, error }));
    });
    return () => abort.abort();
  }, [path, turn]);
  return { ...state, reload: () => setTurn((n) => n + 1) };
}

export function Loading({ of }: { of: Loaded<unknown> }) {
  if (of.error) return <><Problem error={of.error} /><p><button type="button" class="button" onClick={of.reload}>{t('retry')}</button></p></>;
  return of.data === undefined ? <p class="quiet" aria-busy="true">{t('loading')}</p> : null;
}

// Lists that come in pages.
export function usePages<T>(path: string, key: string): { rows: T[]; more: (() => void) | null; loaded: Loaded<unknown> } {
  const first = useLoad<Record<string, unknown>>(path);
  const [rest, setRest] = useState<{ rows: T[]; cursor: string | null } | null>(null);
  const start = first.data;
  useEffect(() => setRest(start ? { rows: start[key] as T[], cursor: (start.next_cursor as string | null) ?? null } : null), [start]);
  const more = async (): Promise<void> => {
    const page = await api.get<Record<string, unknown>>(`${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(rest!.cursor!)}`);
    setRest({ rows: [...rest!.rows, ...(page[key] as T[])], cursor: (page.next_cursor as string | null) ?? null });
  };
  return { rows: rest?.rows ?? [], more: rest?.cursor ? () => void more().catch(() => undefined) : null, loaded: first };
}

// A secret that is shown this once.
export function Secret({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    if (!(await copyText(text))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), 1600);
  };
  return (
    <div class="secret">
      <code tabindex={0} role="group" aria-label={label}>{text}</code>
      <button type="button" class="button" onClick={() => void copy()}>{copied ? t('copied') : t('copy')}</button>
    </div>
  );
}
