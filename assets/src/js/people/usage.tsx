// What was used, by day and by model, and what the plan allows.

import { useMemo } from 'preact/hooks';
import { providerName } from '../state/models.ts';
import { quotaNames, type Quota, type QuotaName } from '../state/quota.ts';
import { compact, date, dateTime, money, number, t } from '../words.ts';
import { Loading, useLoad } from './forms.tsx';
import { Card } from './frame.tsx';

export interface Amount {
  messages: number;
  input_tokens: number;
  output_tokens: number;
  cost_micros: number;
}

export interface UsageDay extends Amount {
  day: string;
  model: string;
  provider: string;
}

interface Sum {
  name: string;
  messages: number;
  tokens: number;
  cost: number;
}

const kDays = 30;

export function sumBy<T extends Amount>(days: readonly T[], key: (day: T) => string): Sum[] {
  const sums = new Map<string, Sum>();
  for (const day of days) {
    const name = key(day);
    const sum = sums.get(name) ?? { name, messages: 0, tokens: 0, cost: 0 };
    sums.set(name, { name, messages: sum.messages + day.messages, tokens: sum.tokens + day.input_tokens + day.output_tokens, cost: sum.cost + day.cost_micros });
  }
  return [...sums.values()];
}

// One bar a day; the table below says the same in numbers.
export function Bars({ days }: { days: readonly (Amount & { day: string })[] }) {
  const sums = useMemo(() => new Map(sumBy(days, (d) => d.day.slice(0, 10)).map((sum) => [sum.name, sum])), [days]);
  const today = Date.now();
  const list = Array.from({ length: kDays }, (_, i) => new Date(today - (kDays - 1 - i) * 86_400_000).toISOString().slice(0, 10));
  const most = Math.max(1, ...list.map((day) => sums.get(day)?.messages ?? 0));
  const total = list.reduce((n, day) => n + (sums.get(day)?.messages ?? 0), 0);
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${kDays * 10} 100`} preserveAspectRatio="none" role="img" aria-label={t('chart_label', { n: total, days: kDays })}>
        {list.map((day, i) => {
          const height = ((sums.get(day)?.messages ?? 0) / most) * 96;
          return <rect key={day} x={i * 10 + 1.5} y={100 - Math.max(height, 1)} width={7} height={Math.max(height, 1)} rx={1.5}><title>{`${date(day)}: ${number(sums.get(day)?.messages ?? 0)}`}</title></rect>;
        })}
      </svg>
      <figcaption class="quiet"><span>{date(list[0]!)}</span><span>{t('chart_top', { n: most })}</span><span>{t('group_today')}</span></figcaption>
    </figure>
  );
}

export function SumTable({ caption, name, rows }: { caption: string; name: string; rows: Sum[] }) {
  return (
    <div class="table-box" tabindex={0} role="group" aria-label={caption}>
      <table class="numbers">
        <caption class="offscreen">{caption}</caption>
        <thead><tr><th scope="col">{name}</th><th scope="col">{t('messages')}</th><th scope="col">{t('tokens_word')}</th><th scope="col">{t('details_cost')}</th></tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}><th scope="row" dir="auto">{row.name}</th><td>{number(row.messages)}</td><td>{compact(row.tokens)}</td><td>{row.cost ? money(row.cost) : '–'}</td></tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function amount(name: QuotaName, value: number): string {
  return name === 'cost_month_micros' ? money(value) : name === 'messages_day' ? number(value) : compact(value);
}

function Allowances({ quota }: { quota: Quota }) {
  const rows = quotaNames.flatMap((name) => (quota[name] ? [{ name, ...quota[name]! }] : []));
  return (
    <ul class="allowances">
      {rows.map((row) => (
        <li key={row.name}>
          <p><span>{t(`quota_${row.name}`)}</span><span class="tabular">{row.limit === null ? t('quota_free', { used: amount(row.name, row.used) }) : t('quota_of', { used: amount(row.name, row.used), limit: amount(row.name, row.limit) })}</span></p>
          {row.limit !== null && <meter min={0} max={row.limit} value={Math.min(row.used, row.limit)} high={row.limit * 0.8} optimum={0} aria-label={t(`quota_${row.name}`)} />}
          {row.limit !== null && row.reset_at && <p class="quiet">{t('quota_reset', { time: dateTime(row.reset_at) })}</p>}
        </li>
      ))}
    </ul>
  );
}

export const modelName = (day: { model: string; provider: string }): string => `${day.model || '?'} · ${providerName(day.provider)}`;

export function OwnUsage() {
  const usage = useLoad<{ days: UsageDay[]; plan?: { name: string } | null }>(`/usage?days=${kDays}`);
  const limits = useLoad<{ quota?: Quota; plan?: { name: string } | string | null }>('/rate-limit');
  const days = usage.data?.days ?? [];
  const plan = usage.data?.plan?.name;
  return (
    <>
      <Card title={plan ? t('your_plan', { name: plan }) : t('allowance')}>
        <Loading of={limits} />
        {limits.data && <Allowances quota={limits.data.quota ?? {}} />}
      </Card>
      <Card title={t('last_days', { n: kDays })}>
        <Loading of={usage} />
        {usage.data && days.length === 0 && <p class="quiet">{t('usage_none')}</p>}
        {days.length > 0 && <><Bars days={days} /><SumTable caption={t('by_model')} name={t('details_model')} rows={sumBy(days, modelName).sort((a, b) => b.messages - a.messages)} /></>}
      </Card>
    </>
  );
}
