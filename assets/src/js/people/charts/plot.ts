// A chart on a canvas, drawn by uPlot in the colours of the page: those are read from the style sheet each time the theme
// changes, and the size follows the box. Fetched with the first chart that is shown.

import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { alone, layers, type Chart } from './series.ts';
import { axisTime } from './times.ts';

const kAxisPx = 12;
const kBarsMost = 28; // px; wider ones look like blocks
const kWhole = [1, 2, 5].flatMap((n) => Array.from({ length: 12 }, (_, power) => n * 10 ** power)).sort((a, b) => a - b);

export class Plot {
  private plot: uPlot | undefined;
  private shape = '';
  private colours = new Map<string, string>();
  private readonly size: ResizeObserver;
  private readonly theme: MutationObserver;
  private readonly media = ['(prefers-color-scheme: dark)', '(forced-colors: active)', '(prefers-contrast: more)'].map((query) => matchMedia(query));

  constructor(private readonly box: HTMLElement, private chart: Chart, private format: (value: number) => string, private readonly onCursor: (index: number | null) => void) {
    this.build();
    this.size = new ResizeObserver(() => this.plot?.setSize(this.bounds()));
    this.size.observe(box);
    this.theme = new MutationObserver(this.recolour);
    this.theme.observe(document.documentElement, { attributeFilter: ['data-theme', 'dir'] });
    for (const media of this.media) media.addEventListener('change', this.recolour);
  }

  destroy(): void {
    this.size.disconnect();
    this.theme.disconnect();
    for (const media of this.media) media.removeEventListener('change', this.recolour);
    this.plot?.destroy();
  }

  update(chart: Chart, format: (value: number) => string): void {
    this.chart = chart;
    this.format = format;
    if (this.shape === this.shapeOf()) this.plot!.setData(this.data());
    else this.build();
  }

  // Puts the cursor on a step; null takes it away.
  point(index: number | null): void {
    const left = index === null ? -10 : this.plot!.valToPos(this.chart.times[index]!, 'x');
    this.plot!.setCursor({ left, top: index === null ? -10 : 0 });
  }

  private readonly recolour = (): void => this.build();

  private shapeOf = (): string => JSON.stringify([this.chart.kind, this.chart.step, this.chart.whole, this.chart.series.map((one) => [one.tone, one.dashed])]);
  private bounds = (): { width: number; height: number } => ({ width: Math.max(80, this.box.clientWidth), height: Math.max(80, this.box.clientHeight) });
  private data = (): uPlot.AlignedData => [[...this.chart.times], ...layers(this.chart).map((layer) => layer.values)] as uPlot.AlignedData;

  // What a CSS colour is at this place now; the canvas knows no variables.
  private colour(css: string): string {
    const known = this.colours.get(css);
    if (known) return known;
    this.box.style.color = css;
    const found = getComputedStyle(this.box).color;
    this.box.style.color = '';
    this.colours.set(css, found);
    return found;
  }

  private build(): void {
    this.plot?.destroy();
    this.colours.clear();
    this.shape = this.shapeOf();
    this.plot = new uPlot(this.options(), this.data(), this.box);
  }

  private options(): uPlot.Options {
    const { times, step, kind } = this.chart;
    const half = kind === 'line' ? 0 : step / 2;
    const font = `${kAxisPx}px ${getComputedStyle(this.box).fontFamily}`;
    const axis = { stroke: this.colour('var(--ink-soft)'), font, ticks: { show: false }, gap: 6 };
    const grid = { stroke: this.colour('var(--line)'), width: 1 };
    return {
      ...this.bounds(),
      padding: [8, 4, 0, 4],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: kind === 'line' ? { size: 8, width: 2, stroke: this.colour('var(--raised)') } : { show: false } },
      scales: {
        x: { range: () => [this.chart.times[0]! - half, this.chart.times[times.length - 1]! + half] },
        y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] },
      },
      axes: [
        { ...axis, grid: { show: false }, size: 24, space: 70, values: (_, splits, __, ___, apart) => splits.map((at) => axisTime(at * 1000, apart)) },
        {
          ...axis, grid, side: document.documentElement.dir === 'rtl' ? 1 : 3, space: 36, size: (_, values) => 12 + 6.6 * Math.max(1, ...(values ?? []).map((text) => text.length)),
          values: (_, splits) => splits.map((value) => this.format(value)), ...(this.chart.whole ? { incrs: kWhole } : {}),
        },
      ],
      series: [{}, ...layers(this.chart).map((layer) => this.series(layer.index))],
      hooks: { setCursor: [(plot) => this.onCursor(plot.cursor.idx ?? null)] },
    };
  }

  private series(index: number): uPlot.Series {
    const { tone, dashed } = this.chart.series[index]!;
    const stroke = this.colour(`var(--chart-${tone})`);
    if (this.chart.kind !== 'line') {
      return { stroke, fill: stroke, width: 0, points: { show: false }, paths: uPlot.paths.bars!({ size: [0.72, kBarsMost], radius: this.chart.kind === 'stack' ? 0 : 0.15 }) };
    }
    const fill = index === 0 ? this.colour(`color-mix(in srgb, var(--chart-${tone}) 12%, transparent)`) : undefined;
    return {
      stroke, width: 2, ...(fill ? { fill } : {}), ...(dashed ? { dash: [5, 4] } : {}), spanGaps: false,
      points: { show: true, size: 5, fill: stroke, filter: (plot, at) => alone(plot.data[at] as (number | null)[]) },
    };
  }
}
