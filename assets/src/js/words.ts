// The words of the interface: one JSON per language, {name} places, and _one/_other forms chosen by the number `n`.

import english from './i18n/en.json';

export type Key = keyof typeof english | keyof typeof import('./i18n/en.people.json');
type Params = Record<string, string | number>;

const words: Record<string, string> = { ...english };

// A lazy part of the app brings its own words along.
export const addWords = (more: Record<string, string>): void => void Object.assign(words, more);

const language = 'en';
const plural = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);

const short = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 });

export const compact = (value: number): string => short.format(value);
export const number = (value: number): string => numbers.format(value);

export function t(key: Key, params: Params = {}): string {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    return typeof value === 'number' ? number(value) : (value ?? '');
  });
}

// For keys that exist as `${key}_one` and `${key}_other`.
type Counted<K> = K extends `${infer Stem}_one` ? Stem : never;
export function tn(key: Counted<Key>, n: number): string {
  const form = `${key}_${plural.select(n)}`;
  return t((form in words ? form : `${key}_other`) as Key, { n });
}

// Millionths of a US dollar. Small amounts keep the digits that say something.
export function money(micros: number): string {
  const dollars = micros / 1_000_000;
  const digits = dollars === 0 || dollars >= 1 ? 2 : dollars >= 0.01 ? 3 : 5;
  return new Intl.NumberFormat(language, { style: 'currency', currency: 'USD', minimumFractionDigits: 2, maximumFractionDigits: digits }).format(dollars);
}

const dates = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
const times = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
const asTime = (time: number | string): number => (typeof time === 'number' ? time : Date.parse(time));
export const date = (time: number | string): string => dates.format(asTime(time));
export const dateTime = (time: number | string): string => times.format(asTime(time));

export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
