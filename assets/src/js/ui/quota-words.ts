// Allowances in words.

import type { StoredError } from '../state/types.ts';
import type { Allowance, QuotaName } from '../state/quota.ts';
import { compact, dateTime, money, t, tn } from '../words.ts';

export function leftWords(row: Allowance & { name: QuotaName }): string {
  const left = Math.max(0, row.remaining ?? 0);
  if (row.name === 'messages_day') return tn('left_messages_day', left);
  if (row.name === 'cost_month_micros') return t('left_cost_month', { amount: money(left) });
  return t(row.name === 'tokens_day' ? 'left_tokens_day' : 'left_tokens_month', { amount: compact(left) });
}

const kUsedUp: Record<string, 'used_messages_day' | 'used_tokens_day' | 'used_tokens_month' | 'used_cost_month'> = {
  messages_day: 'used_messages_day', tokens_day: 'used_tokens_day', tokens_month: 'used_tokens_month', cost_month_micros: 'used_cost_month',
};

export function usedUpWords(error: StoredError): string {
  const words = t(kUsedUp[error.quota ?? ''] ?? 'used_up');
  return error.retryAt ? `${words} ${t('used_until', { time: dateTime(error.retryAt) })}` : words;
}
