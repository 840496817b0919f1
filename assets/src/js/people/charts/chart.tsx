// A chart with its title, what the colours mean, the values under the cursor (mouse, finger or arrow keys), and the same
// numbers as a table.

import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { language, number, t } from '../../words.ts';
import type { Plot } from './plot.ts';
import { isEmpty, type Chart as Shape } from './series.ts';
import { stepTime } from './times.ts';

interface Props {
  title: string;
  chart: Shape;
  format?: ((value: number) => string) | undefined; // on the axis and in the legend
  exact?: ((value: number) => string) | undefined; // in the table; like format when absent
  empty?: string;
}

type Format = (value: number) => string;
const kPage = 10;

function Table({ title, chart, exact }: { title: string; chart: Shape; exact: Format }) {
  const say = (value: number | null | undefined): string => (value === null || value === undefined ? '–' : exact(value));
  return (
    <div class="table-box tall" tabindex={0} role="group" aria-label={title}>
      <table class="numbers">
        <caption class="offscreen">{title}</caption>
        <thead><tr><th scope="col">{t(chart.step < 86_400 ? 'time_word' : 'day_word')}</th>{chart.series.map((one) => <th key={one.label} scope="col" dir="auto">{one.label}</th>)}</tr></thead>
        <tbody>
          {chart.times.map((_, i) => i).reverse().map((i) => (
            <tr key={chart.times[i]}><th scope="row">{stepTime(chart.times[i]! * 1000, chart.step)}</th>{chart.series.map((one) => <td key={one.label}>{say(one.values[i])}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// The step that a key leads to; undefined: the key means nothing here.
function stepFor(key: string, at: number, last: number): number | undefined {
  const steps: Record<string, number> = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, PageUp: at + kPage, PageDown: at - kPage, Home: 0, End: last };
  const next = steps[key];
  return next === undefined ? undefined : Math.max(0, Math.min(last, next));
}

// Charts are drawn when they come near the screen, each in a task of its own, so that a page of them stays quick.
const kNear = '200px';
function whenNear(node: Element, draw: () => Promise<void>): () => void {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    draw().catch(() => undefined); // the part could not be fetched: the legend and the table say the same
  }, { rootMargin: kNear });
  observer.observe(node);
  return () => observer.disconnect();
}

let turn: Promise<unknown> = Promise.resolve();
const oneByOne = (): Promise<unknown> => (turn = turn.then(() => new Promise((resolve) => setTimeout(resolve))));

function Canvas({ title, chart, format, at, onCursor }: { title: string; chart: Shape; format: Format; at: number | null; onCursor: (at: number | null) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const now = useRef({ chart, format });
  now.current = { chart, format };
  useEffect(() => {
    const gone = whenNear(box.current!, async () => {
      const { Plot } = await import('./plot.ts');
      await oneByOne();
      if (box.current && !plot.current) plot.current = new Plot(box.current, now.current.chart, (value) => now.current.format(value), onCursor);
    });
    return () => {
      gone();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [language.value]);
  useEffect(() => plot.current?.update(chart, (value) => now.current.format(value)), [chart]);
  const last = chart.times.length - 1;
  const here = at ?? last;
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = event.key === 'Escape' ? null : stepFor(event.key, here, last);
    if (next === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (plot.current) plot.current.point(next);
    else onCursor(next);
  };
  const words = [stepTime(chart.times[here]! * 1000, chart.step), ...chart.series.map((one) => `${one.label} ${one.values[here] == null ? '–' : format(one.values[here]!)}`)].join(', ');
  return (
    <div
      ref={box} class="chart-plot" dir="ltr" tabindex={0} role="slider" aria-orientation="horizontal" aria-label={t('chart_point', { title })} aria-valuemin={0} aria-valuemax={last}
      aria-valuenow={here} aria-valuetext={words} onKeyDown={onKeyDown} onBlur={() => plot.current?.point(null)}
    />
  );
}

export function Chart({ title, chart, format = number, exact = format, empty }: Props) {
  const [at, setAt] = useState<number | null>(null);
  const [open, setOpen] = useState(false);
  const id = useId();
  const shown = at !== null && at < chart.times.length ? at : null;
  return (
    <figure class="chart" aria-labelledby={id}>
      <figcaption>
        <h3 id={id}>{title}</h3>
        {shown !== null && <span class="quiet tabular">{stepTime(chart.times[shown]! * 1000, chart.step)}</span>}
      </figcaption>
      <ul class="chart-legend">
        {chart.series.map((one) => (
          <li key={one.label} class={`tone-${one.tone}${one.dashed ? ' dashed' : ''}`}>
            <span dir="auto">{one.label}</span>
            {shown !== null && <b class="tabular">{one.values[shown] == null ? '–' : format(one.values[shown]!)}</b>}
          </li>
        ))}
      </ul>
      {isEmpty(chart) && empty && <p class="chart-empty quiet">{empty}</p>}
      <Canvas title={title} chart={chart} format={format} at={shown} onCursor={setAt} />
      <details class="chart-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{t('chart_table')}<span class="offscreen"> {title}</span></summary>
        {open && <Table title={title} chart={chart} exact={exact} />}
      </details>
    </figure>
  );
}
