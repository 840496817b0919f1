// An amount of what a plan limits.

import type { QuotaName } from '../state/quota.ts';
import { compact, money, number } from '../words.ts';

export const amount = (name: QuotaName, value: number): string => (name === 'cost_month_micros' ? money(value) : name === 'messages_day' ? number(value) : compact(value));
