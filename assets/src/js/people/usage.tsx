// What was used, by day and by model, and what the plan still allows.

import { useState } from 'preact/hooks';
import { providerName } from '../state/models.ts';
import { quotaNames, type Quota } from '../state/quota.ts';
import { leftWords } from '../ui/quota-words.ts';
import { compact, dateTime, money, number, t, tn, type Key } from '../words.ts';
import { amount } from './amount.ts';
import { Chart } from './charts/chart.tsx';
import { largest, type Series, type Tone } from './charts/series.ts';
import { Choice, Tiles } from './choice.tsx';
import { Loading, useLoad } from './forms.tsx';
import { Card } from './frame.tsx';

export interface Amount {
  messages: number;
  input_tokens: number;
  output_tokens: number;
  cost_micros: number;
  unpriced?: number; // of the messages: their price is not known, and not in the cost
}

export interface UsageDay extends Amount {
  day: string; // UTC
  model?: string;
  provider?: string;
}

type Measure = 'messages' | 'tokens' | 'cost';
const measures: Record<Measure, { name: Key; of: (row: Amount) => number; format: (value: number) => string; exact?: (value: number) => string }> = {
  messages: { name: 'messages', of: (row) => row.messages, format: number },
  tokens: { name: 'tokens_word', of: (row) => row.input_tokens + row.output_tokens, format: compact, exact: number },
  cost: { name: 'details_cost', of: (row) => row.cost_micros, format: money },
};

const kTones: Tone[] = ['one', 'two', 'three', 'four', 'five'];
export const dayRanges = ['7', '30', '90'] as const;
export type Days = (typeof dayRanges)[number];

export function sum(rows: readonly Amount[]): Required<Amount> {
  const total = { messages: 0, input_tokens: 0, output_tokens: 0, cost_micros: 0, unpriced: 0 };
  for (const row of rows) for (const key of Object.keys(total) as (keyof Amount)[]) total[key] += row[key] ?? 0;
  return total;
}

// An amount of money is said only when at least a part of it is known.
const cost = (amount: Amount): string => (amount.cost_micros === 0 ? '–' : (amount.unpriced ?? 0) > 0 ? t('cost_known', { amount: money(amount.cost_micros) }) : money(amount.cost_micros));

export const modelName = (row: { model?: string; provider?: string }): string => (row.model === undefined ? t('all_models') : `${row.model || '?'} · ${providerName(row.provider ?? '')}`);

// The last days of UTC, as the server counts them; drawn where they begin here.
export function lastDays(count: number, now = Date.now()): string[] {
  return Array.from({ length: count }, (_, i) => new Date(now - (count - 1 - i) * 86_400_000).toISOString().slice(0, 10));
}
const startOf = (day: string): number => new Date(`${day}T00:00:00`).getTime() / 1000;

export function UsageChart({ rows, days }: { rows: readonly UsageDay[]; days: number }) {
  const [wanted, choose] = useState<Measure>('messages');
  const choices = (Object.keys(measures) as Measure[]).filter((one) => one !== 'cost' || rows.some((row) => row.cost_micros > 0));
  const measure = choices.includes(wanted) ? wanted : 'messages';
  const { name, of, format, exact } = measures[measure];
  const list = lastDays(days);
  const series: Series[] = [...largest(rows, modelName, of, kTones.length, t('other_models'))].map(([label, own], i) => {
    const byDay = new Map<string, number>();
    for (const row of own) byDay.set(row.day.slice(0, 10), (byDay.get(row.day.slice(0, 10)) ?? 0) + of(row));
    return { label, tone: kTones[i]!, values: list.map((day) => byDay.get(day) ?? 0) };
  });
  return (
    <div class="chart-choice">
      <Choice label={t('show')} value={measure} onChange={choose} options={choices.map((value) => ({ value, label: t(measures[value].name) }))} />
      <Chart title={t('per_day', { what: t(name) })} chart={{ times: list.map(startOf), step: 86_400, kind: 'stack', series, whole: measure !== 'cost' }} format={format} exact={exact} />
    </div>
  );
}

export interface NamedAmount extends Amount {
  name: string;
}

export function byName<T extends Amount>(rows: readonly T[], name: (row: T) => string): NamedAmount[] {
  return [...largest(rows, name, (row) => row.messages, Infinity, '')].map(([key, own]) => ({ name: key, ...sum(own) }));
}

export function SumTable({ caption, name, rows }: { caption: string; name: string; rows: NamedAmount[] }) {
  return (
    <div class="table-box" tabindex={0} role="group" aria-label={caption}>
      <table class="numbers even">
        <caption class="offscreen">{caption}</caption>
        <thead><tr><th scope="col">{name}</th><th scope="col">{t('messages')}</th><th scope="col">{t('series_input')}</th><th scope="col">{t('series_output')}</th><th scope="col">{t('details_cost')}</th></tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}><th scope="row" dir="auto">{row.name}</th><td>{number(row.messages)}</td><td>{compact(row.input_tokens)}</td><td>{compact(row.output_tokens)}</td><td>{cost(row)}</td></tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Unpriced({ count }: { count: number }) {
  return count > 0 ? <p class="quiet small">{tn('unpriced', count)}</p> : null;
}

export function UsageTiles({ total }: { total: Required<Amount> }) {
  return (
    <Tiles
      tiles={[
        { name: t('messages'), value: number(total.messages) },
        { name: t('tokens_word'), value: compact(total.input_tokens + total.output_tokens), more: t('tile_tokens', { input: compact(total.input_tokens), output: compact(total.output_tokens) }) },
        { name: t('details_cost'), value: cost(total) },
      ]}
    />
  );
}

export function DaysChoice({ days, onChange }: { days: Days; onChange: (days: Days) => void }) {
  return <div class="chart-bar"><Choice label={t('range')} value={days} onChange={onChange} options={dayRanges.map((value) => ({ value, label: t('days_short', { n: Number(value) }) }))} /></div>;
}

function Allowances({ quota }: { quota: Quota }) {
  const rows = quotaNames.flatMap((name) => (quota[name] ? [{ name, ...quota[name]! }] : []));
  return (
    <ul class="allowances">
      {rows.map((row) => (
        <li key={row.name}>
          <p><span>{t(`quota_${row.name}`)}</span><span class="tabular">{row.limit === null ? t('quota_free', { used: amount(row.name, row.used) }) : t('quota_of', { used: amount(row.name, row.used), limit: amount(row.name, row.limit) })}</span></p>
          {row.limit !== null && <meter min={0} max={row.limit} value={Math.min(row.used, row.limit)} high={row.limit * 0.8} optimum={0} aria-label={t(`quota_${row.name}`)} />}
          {row.limit !== null && <p class="quiet"><span>{leftWords(row)}</span>{row.reset_at && <span>{t('quota_reset', { time: dateTime(row.reset_at) })}</span>}</p>}
        </li>
      ))}
    </ul>
  );
}

export function OwnUsage() {
  const [days, setDays] = useState<Days>('30');
  const usage = useLoad<{ days: UsageDay[]; plan?: { name: string } | null }>(`/usage?days=${days}`);
  const limits = useLoad<{ quota?: Quota }>('/rate-limit');
  const rows = usage.data?.days ?? [];
  const plan = usage.data?.plan?.name;
  const total = sum(rows);
  return (
    <>
      <DaysChoice days={days} onChange={setDays} />
      {usage.data ? <UsageTiles total={total} /> : <Loading of={usage} />}
      {usage.data && rows.length === 0 && <p class="key-card">{t('usage_empty')}</p>}
      {rows.length > 0 && (
        <>
          <Card><UsageChart rows={rows} days={Number(days)} /></Card>
          <Card title={t('by_model')}>
            <SumTable caption={t('by_model')} name={t('details_model')} rows={byName(rows, modelName)} />
            <Unpriced count={total.unpriced} />
          </Card>
        </>
      )}
      {(usage.data || usage.error) && (
        <Card title={plan ? t('your_plan', { name: plan }) : t('allowance')}>
          <Loading of={limits} />
          {limits.data && <Allowances quota={limits.data.quota ?? {}} />}
          <p class="quiet small">{t('days_utc')}</p>
        </Card>
      )}
    </>
  );
}
