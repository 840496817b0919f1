// How the server does: now, and over the last hour, day or week.

import { useState } from 'preact/hooks';
import { explain } from '../explain.ts';
import { providerName } from '../state/models.ts';
import { hasAccounts } from '../state/session.ts';
import { compact, duration, number, percent, t, tn, type Key } from '../words.ts';
import { Chart } from './charts/chart.tsx';
import type { Chart as Shape, Series } from './charts/series.ts';
import { roughly } from './charts/times.ts';
import { Choice, Tiles, type TileFacts } from './choice.tsx';
import { Problem } from './forms.tsx';
import { Card } from './frame.tsx';
import { ranges, useMetrics, type Metrics, type Numbers, type Range } from './live-metrics.ts';

const time = (ms: number | null): string => (ms === null ? '–' : duration(ms));
const within = (ms: number | null): string | undefined => (ms === null ? undefined : t('tile_p95', { time: duration(ms) }));

function tilesOf({ now, total, points }: Metrics): TileFacts[] {
  const tokens = total.input_tokens + total.output_tokens;
  // The last minute may have been quiet: then the range says how long it takes.
  const said = (name: 'response' | 'first_token'): Numbers => (now[`${name}_p50_ms`] === null ? total : now);
  const failures = total.answers > 0 ? t('tile_share', { share: percent(total.errors / total.answers), n: total.answers }) : undefined;
  const people: TileFacts = hasAccounts.value
    ? { name: t('tile_sessions'), value: number(now.sessions), more: tn('tile_users', now.users) }
    : { name: t('tile_windows'), value: number(now.windows) };
  return [
    { name: t('tile_requests'), value: number(now.requests), more: t('tile_last_minute') },
    { name: t('tile_response'), value: time(said('response').response_p50_ms), more: within(said('response').response_p95_ms) },
    { name: t('tile_first_token'), value: time(said('first_token').first_token_p50_ms), more: within(said('first_token').first_token_p95_ms) },
    { name: t('tile_running'), value: number(Math.max(now.turns, now.streams)), more: hasAccounts.value ? tn('tile_windows_open', now.windows) : undefined },
    people,
    { name: t('tokens_word'), value: compact(tokens), more: t('tile_tokens', { input: compact(total.input_tokens), output: compact(total.output_tokens) }) },
    { name: t('tile_errors'), value: number(total.errors), more: failures, alert: total.errors > 0 },
    { name: t('tile_limits'), value: number(total.limited), more: points.some((point) => point.limited > 0) ? t('tile_refused') : undefined },
  ];
}

function Charts({ metrics }: { metrics: Metrics }) {
  const { points, step_s: step } = metrics;
  const times = points.map((point) => Date.parse(point.at) / 1000);
  const row = (label: Key, name: keyof Numbers, tone: Series['tone'], dashed = false): Series => ({ label: t(label), values: points.map((point) => point[name]), tone, dashed });
  const chart = (kind: Shape['kind'], series: Series[]): Shape => ({ times, step, kind, series, whole: kind !== 'line' });
  const presence = hasAccounts.value ? [row('tile_sessions', 'sessions', 'one'), row('tile_windows', 'windows', 'two', true)] : [row('tile_windows', 'windows', 'one')];
  return (
    <div class="chart-grid">
      <Card><Chart title={t('tile_requests')} chart={chart('bars', [row('series_all', 'requests', 'one')])} empty={t('chart_empty')} /></Card>
      <Card><Chart title={t('tile_response')} chart={chart('line', [row('series_p50', 'response_p50_ms', 'one'), row('series_p95', 'response_p95_ms', 'two', true)])} format={duration} empty={t('chart_empty')} /></Card>
      <Card><Chart title={t('tile_first_token')} chart={chart('line', [row('series_p50', 'first_token_p50_ms', 'one'), row('series_p95', 'first_token_p95_ms', 'two', true)])} format={duration} empty={t('chart_empty')} /></Card>
      <Card><Chart title={t('tokens_word')} chart={chart('stack', [row('series_input', 'input_tokens', 'two'), row('series_output', 'output_tokens', 'one')])} format={compact} exact={number} empty={t('chart_empty')} /></Card>
      <Card><Chart title={t('chart_errors')} chart={chart('stack', [row('tile_errors', 'errors', 'danger'), row('series_failed', 'failed', 'five'), row('tile_limits', 'limited', 'three')])} empty={t('errors_none')} /></Card>
      <Card><Chart title={t('chart_presence')} chart={{ ...chart('line', [...presence, row('series_streams', 'streams', 'three')]), whole: true }} empty={t('chart_empty')} /></Card>
    </div>
  );
}

function Models({ metrics }: { metrics: Metrics }) {
  const most = [...metrics.models].sort((a, b) => b.answers - a.answers);
  const all = most.reduce((sum, row) => sum + row.answers, 0);
  return (
    <Card title={t('models_title')}>
      {most.length === 0 ? <p class="quiet">{t('models_none')}</p> : (
        <div class="table-box" tabindex={0} role="group" aria-label={t('models_title')}>
          <table class="numbers">
            <caption class="offscreen">{t('models_title')}</caption>
            <thead><tr><th scope="col">{t('details_model')}</th><th scope="col">{t('answers_word')}</th><th scope="col">{t('share')}</th><th scope="col">{t('tokens_word')}</th></tr></thead>
            <tbody>
              {most.map((row) => (
                <tr key={`${row.provider} ${row.model}`}>
                  <th scope="row"><span dir="auto">{row.model}</span> <span class="quiet">{providerName(row.provider)}</span><span class="share" aria-hidden="true"><span style={{ width: `${(100 * row.answers) / all}%` }} /></span></th>
                  <td>{number(row.answers)}</td><td>{percent(row.answers / all)}</td><td>{compact(row.input_tokens + row.output_tokens)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

const kWhy = new Set(['provider_auth', 'provider_quota', 'provider_rate_limited', 'provider_overloaded', 'provider_unavailable', 'provider_rejected', 'model_not_found', 'context_too_long', 'provider_truncated', 'provider_protocol', 'provider_error', 'timeout', 'storage_full', 'internal']);

function Errors({ metrics }: { metrics: Metrics }) {
  const most = [...metrics.errors].sort((a, b) => b.count - a.count);
  return (
    <Card title={t('errors_title')}>
      {most.length === 0 ? <p class="quiet">{t('errors_none')}</p> : (
        <div class="table-box" tabindex={0} role="group" aria-label={t('errors_title')}>
          <table class="numbers">
            <caption class="offscreen">{t('errors_title')}</caption>
            <thead><tr><th scope="col">{t('error_kind')}</th><th scope="col">{t('count_word')}</th></tr></thead>
            <tbody>
              {most.map((row) => (
                <tr key={row.code}>
                  <th scope="row">{explain({ code: row.code, message: '' }).title}<span class="quiet why">{t(kWhy.has(row.code) ? `why_${row.code}` as Key : 'why_other')} <code>{row.code}</code></span></th>
                  <td>{number(row.count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

export function Overview() {
  const [range, setRange] = useState<Range>('hour');
  const { metrics, live, error } = useMetrics(range);
  const quiet = metrics && metrics.total.answers === 0 && metrics.total.errors === 0;
  return (
    <>
      <div class="chart-bar">
        <Choice label={t('range')} value={range} onChange={setRange} options={ranges.map((value) => ({ value, label: t(`range_${value}`) }))} />
        <p class={live ? 'live' : 'live off'} role="status">{t(live ? 'live' : 'live_again')}</p>
      </div>
      {error && <Problem error={error} />}
      {!metrics && !error && <div class="loading" aria-busy="true" />}
      {metrics && (
        <>
          <Tiles tiles={tilesOf(metrics)} />
          {quiet && <p class="key-card">{t('metrics_none')}</p>}
          <Charts metrics={metrics} />
          <div class="chart-grid"><Models metrics={metrics} /><Errors metrics={metrics} /></div>
          <p class="quiet small">{t('metrics_since', { time: roughly(metrics.uptime_s) })}</p>
        </>
      )}
    </>
  );
}
