// The words of the interface: one JSON per language, {name} places, and _one/_other forms chosen by the number `n`.
// Numbers, dates, amounts and lists are Intl's affair, in the same language.

import { signal } from '@preact/signals';
import english from './i18n/en.json';
import { languages, type Language } from './languages.ts';

export type Key = keyof typeof english | keyof typeof import('./i18n/en.people.json') | keyof typeof import('./i18n/en.media.json')
  | keyof typeof import('./i18n/en.more.json');
type Params = Record<string, string | number>;

const words: Record<string, string> = { ...english }; // what a language lacks is said in English
let chosen: Record<string, string> = {};

// A lazy part of the app brings its own English words along; the other languages are one file each.
export const addWords = (more: Record<string, string>): void => void Object.assign(words, more);

// Whoever reads a word while drawing is drawn again when the language changes.
export const language = signal<Language>(languages[0]!);

export async function useLanguage(next: Language): Promise<void> {
  let loaded: Record<string, string> = {};
  try {
    if (next.load) loaded = (await next.load()).default;
  } catch {
    return; // offline and never fetched: the words stay as they are
  }
  chosen = loaded;
  document.documentElement.lang = next.tag;
  document.documentElement.dir = next.dir;
  language.value = next;
}

// One formatter of each kind per language; making one costs more than using it a thousand times.
const made = new Map<string, unknown>();
export function formatter<T>(name: string, make: (tag: string) => T): T {
  const key = `${language.value.tag} ${name}`;
  if (!made.has(key)) made.set(key, make(language.value.tag));
  return made.get(key) as T;
}

// In every language here a small whole number is its digits, and the first NumberFormat of a page costs 25 ms.
const isPlain = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < 1000;
export const number = (value: number): string => isPlain(value) ? String(value) : formatter('number', (tag) => new Intl.NumberFormat(tag)).format(value);
export const compact = (value: number): string =>
  isPlain(value) ? String(value) : formatter('compact', (tag) => new Intl.NumberFormat(tag, { notation: 'compact', maximumFractionDigits: 1 })).format(value);
export const percent = (share: number): string => formatter('percent', (tag) => new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 })).format(share);
export const list = (items: string[]): string => formatter('list', (tag) => new Intl.ListFormat(tag, { type: 'conjunction' })).format(items);

const find = (key: string): string | undefined => (Object.hasOwn(chosen, key) ? chosen[key] : words[key]);

export function t(key: Key, params: Params = {}): string {
  void language.value;
  return (find(key) ?? key).replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    return typeof value === 'number' ? number(value) : (value ?? '');
  });
}

// For keys that exist as `${key}_one` and `${key}_other`; a language may have more forms (_zero, _two, _few, _many).
type Counted<K> = K extends `${infer Stem}_one` ? Stem : never;
export function tn(key: Counted<Key>, n: number): string {
  const form = `${key}_${formatter('plural', (tag) => new Intl.PluralRules(tag)).select(n)}`;
  return t((find(form) === undefined ? `${key}_other` : form) as Key, { n });
}

// Millionths of a US dollar. Small amounts keep the digits that say something.
export function money(micros: number): string {
  const dollars = micros / 1_000_000;
  const digits = dollars === 0 || dollars >= 1 ? 2 : dollars >= 0.01 ? 3 : 5;
  const make = (tag: string): Intl.NumberFormat => new Intl.NumberFormat(tag, { style: 'currency', currency: 'USD', minimumFractionDigits: 2, maximumFractionDigits: digits });
  return formatter(`money ${digits}`, make).format(dollars);
}

// Of a file, in the units that people know: 340 kB, 3.8 MB.
export function bytes(size: number): string {
  const [value, unit] = size < 1000 ? [size, 'byte'] : size < 1_000_000 ? [Math.round(size / 1000), 'kilobyte'] : [size / 1_000_000, 'megabyte'];
  return formatter(`bytes ${unit}`, (tag) => new Intl.NumberFormat(tag, { style: 'unit', unit: unit as string, maximumFractionDigits: 1 })).format(value as number);
}

const asTime = (time: number | string): number => (typeof time === 'number' ? time : Date.parse(time));
export const date = (time: number | string): string =>
  formatter('date', (tag) => new Intl.DateTimeFormat(tag, { dateStyle: 'medium' })).format(asTime(time));
export const dateTime = (time: number | string): string =>
  formatter('time', (tag) => new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short' })).format(asTime(time));

type Unit = 'millisecond' | 'second' | 'minute';
function measure(value: number, unit: Unit, digits = 0): string {
  const make = (tag: string): Intl.NumberFormat => new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'narrow', minimumFractionDigits: digits, maximumFractionDigits: digits });
  return formatter(`${unit} ${digits}`, make).format(value);
}

export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (ms > 0 && ms < 9.95) return measure(ms, 'millisecond', 1);
  if (ms < 1000) return measure(Math.round(ms), 'millisecond');
  if (seconds < 10) return measure(seconds, 'second', 1);
  if (seconds < 90) return measure(Math.round(seconds), 'second');
  const parts = [measure(Math.floor(seconds / 60), 'minute'), measure(Math.round(seconds % 60), 'second')];
  return formatter('unit list', (tag) => new Intl.ListFormat(tag, { type: 'unit', style: 'narrow' })).format(parts);
}
