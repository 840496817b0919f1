// What a chart shows: steps of time with one or more values each. Pure.

export type Tone = 'one' | 'two' | 'three' | 'four' | 'five' | 'danger';

export interface Series {
  label: string;
  values: readonly (number | null)[]; // one for each time; null: nothing was measured
  tone: Tone;
  dashed?: boolean; // told apart without its colour
}

export interface Chart {
  times: readonly number[]; // epoch seconds, where each step begins
  step: number; // seconds
  series: readonly Series[]; // stacked: the first one at the bottom
  kind: 'line' | 'bars' | 'stack';
  whole?: boolean; // no fractions on the axis
}

// What is drawn: the values themselves, or what each layer of a stack reaches up to, from the tallest to the lowest.
export function layers(chart: Chart): { values: (number | null)[]; index: number }[] {
  if (chart.kind !== 'stack') return chart.series.map(({ values }, index) => ({ values: [...values], index }));
  const sums = chart.times.map(() => 0);
  const out = chart.series.map(({ values }, index) => {
    values.forEach((value, i) => (sums[i]! += value ?? 0));
    return { values: [...sums] as (number | null)[], index };
  });
  return out.reverse();
}

// Values without a neighbour, which a line would not show.
export function alone(values: readonly (number | null | undefined)[]): number[] {
  const there = (i: number): boolean => values[i] !== null && values[i] !== undefined;
  return values.flatMap((_, i) => (there(i) && !there(i - 1) && !there(i + 1) ? [i] : []));
}

export const isEmpty = (chart: Chart): boolean => chart.series.every(({ values }) => values.every((value) => !value));

// The largest few by name, and the rest together.
export function largest<T>(rows: readonly T[], name: (row: T) => string, weight: (row: T) => number, most: number, others: string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) groups.set(name(row), [...(groups.get(name(row)) ?? []), row]);
  const heavy = (group: T[]): number => group.reduce((sum, row) => sum + weight(row), 0);
  const sorted = [...groups].sort((a, b) => heavy(b[1]) - heavy(a[1]));
  if (sorted.length <= most) return new Map(sorted);
  return new Map([...sorted.slice(0, most - 1), [others, sorted.slice(most - 1).flatMap(([, group]) => group)]]);
}
