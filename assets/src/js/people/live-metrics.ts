// GET /api/admin/metrics as server-sent events: the whole range first, then every few seconds the steps that changed.

import { useEffect, useState } from 'preact/hooks';
import type { ApiError } from '../api-error.ts';
import { failed } from '../api.ts';
import { base } from '../base.ts';
import { Resumed, type Outcome } from '../resumed.ts';
import { SseParser } from '../sse.ts';

export type Range = 'hour' | 'day' | 'week';
export const ranges: Range[] = ['hour', 'day', 'week'];

export interface Numbers {
  requests: number;
  failed: number; // the server's own failures
  limited: number;
  response_p50_ms: number | null;
  response_p95_ms: number | null;
  first_token_p50_ms: number | null;
  first_token_p95_ms: number | null;
  answers: number;
  errors: number; // answers that failed
  input_tokens: number;
  output_tokens: number;
  streams: number;
  turns: number;
  windows: number;
  sessions: number;
  users: number;
}

export interface Metrics {
  range: Range;
  step_s: number;
  uptime_s: number;
  now: Numbers;
  total: Numbers;
  points: (Numbers & { at: string })[];
  models: { provider: string; model: string; answers: number; input_tokens: number; output_tokens: number }[];
  errors: { code: string; count: number }[];
}

// As the server sends them: a list for each number, a value for each step.
type Wire = Omit<Metrics, 'points'> & { points: Record<keyof Numbers, (number | null)[]> & { from: string } };

export function expanded({ points: { from, ...lists }, ...rest }: Wire): Metrics {
  const at = (i: number): string => new Date(Date.parse(from) + i * rest.step_s * 1000).toISOString();
  const numbers = (i: number): Numbers => Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values[i]])) as unknown as Numbers;
  return { ...rest, points: lists.requests.map((_, i) => ({ at: at(i), ...numbers(i) })) };
}

const kStallMs = 20_000; // the server sends every three seconds

// News holds the last steps only; what is older stays as it was, and the oldest go.
export function merged(before: Metrics | undefined, news: Metrics): Metrics {
  if (!before || before.range !== news.range || news.points.length >= before.points.length) return news;
  const first = news.points[0]!.at;
  const points = [...before.points.filter((point) => point.at < first), ...news.points];
  return { ...news, points: points.slice(-before.points.length) };
}

export interface Live {
  metrics: Metrics | undefined;
  live: boolean; // false: not connected at the moment
  error: ApiError | undefined; // the server's refusal; it is not asked again
}

export function useMetrics(range: Range): Live {
  const [state, setState] = useState<Live>({ metrics: undefined, live: false, error: undefined });
  useEffect(() => {
    let stream: Resumed | undefined;
    const once = async (signal: AbortSignal, heard: () => void): Promise<Outcome> => {
      try {
        const response = await fetch(`${base}api/admin/metrics?range=${range}`, { headers: { Accept: 'text/event-stream' }, signal, cache: 'no-store' });
        if (!response.ok || !response.body) {
          const error = await failed(response);
          if (response.status >= 500 || response.status === 429) return 'again';
          setState((before) => ({ ...before, error }));
          return 'ended';
        }
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        const parser = new SseParser();
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return 'again';
          heard();
          for (const event of parser.feed(value)) setState((before) => ({ metrics: merged(before.metrics, expanded(JSON.parse(event.data) as Wire)), live: true, error: undefined }));
        }
      } finally {
        setState((before) => ({ ...before, live: false }));
      }
    };
    // A hidden page leaves the connection to those that are seen.
    const look = (): void => {
      if (document.visibilityState !== 'hidden') stream ??= new Resumed(once, kStallMs);
      else {
        stream?.close();
        stream = undefined;
      }
    };
    document.addEventListener('visibilitychange', look);
    look();
    return () => {
      document.removeEventListener('visibilitychange', look);
      stream?.close();
    };
  }, [range]);
  return state;
}
