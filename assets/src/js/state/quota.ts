// What is left of the plan: GET /api/rate-limit, asked at the start and after each answer.

import { computed, signal } from '@preact/signals';
import * as api from '../api.ts';

export interface Allowance {
  limit: number | null; // null: unlimited
  used: number;
  remaining: number | null;
  reset_at: string | null;
}

export type QuotaName = 'messages_day' | 'tokens_day' | 'tokens_month' | 'cost_month_micros';
export const quotaNames: QuotaName[] = ['messages_day', 'tokens_day', 'tokens_month', 'cost_month_micros'];
export type Quota = Partial<Record<QuotaName, Allowance>>;

const kLowShare = 0.2;
const kAfterMs = 400;

export const quota = signal<Quota>({});
let timer: ReturnType<typeof setTimeout> | undefined;

// The scarcest allowance, once less than a fifth of it is left.
export const scarce = computed(() => {
  const rows = quotaNames.flatMap((name) => {
    const row = quota.value[name];
    return row?.limit && row.remaining !== null ? [{ name, share: Math.max(0, row.remaining) / row.limit, ...row }] : [];
  });
  const least = rows.sort((a, b) => a.share - b.share)[0];
  return least && least.share <= kLowShare ? least : undefined;
});

export function forgetQuota(): void {
  clearTimeout(timer);
  quota.value = {};
}

// Several answers in a row are one question.
export function refreshQuota(): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    api.get<{ quota?: Quota }>('/rate-limit').then((answer) => void (quota.value = answer.quota ?? {}), () => undefined);
  }, kAfterMs);
}
