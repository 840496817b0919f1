// The words of the interface: one JSON per language, {name} places, and _one/_other forms chosen by the number `n`.

import english from './i18n/en.json';

export type Key = keyof typeof english;
type Params = Record<string, string | number>;

const words: Record<string, string> = english;
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
export function tn(key: 'tokens' | 'seconds' | 'over' | 'left', n: number): string {
  const form = `${key}_${plural.select(n)}`;
  return t((form in words ? form : `${key}_other`) as Key, { n });
}

export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
