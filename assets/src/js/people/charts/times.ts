// Moments as a chart names them, in the language of the app.

import { formatter } from '../../words.ts';

const kDayS = 86_400;
const written = (name: string, options: Intl.DateTimeFormatOptions, ms: number): string => formatter(`chart ${name}`, (tag) => new Intl.DateTimeFormat(tag, options)).format(ms);

// Below an axis whose marks are so many seconds apart; midnight is called by its day.
export function axisTime(ms: number, apart: number): string {
  const at = new Date(ms);
  if (apart >= kDayS || (at.getHours() === 0 && at.getMinutes() === 0)) return written('day', { day: 'numeric', month: 'short' }, ms);
  return written('time', { timeStyle: 'short' }, ms);
}

// How long, in the largest unit that says something.
export function roughly(seconds: number): string {
  const [unit, length] = ([['day', kDayS], ['hour', 3600], ['minute', 60]] as const).find(([, s]) => seconds >= 2 * s) ?? ['second', 1];
  return formatter(`rough ${unit}`, (tag) => new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 })).format(Math.floor(seconds / length));
}

// The step of a chart that begins there.
export function stepTime(ms: number, step: number): string {
  if (step >= kDayS) return written('date', { weekday: 'short', day: 'numeric', month: 'short' }, ms);
  return written('moment', { weekday: 'short', hour: '2-digit', minute: '2-digit' }, ms);
}
