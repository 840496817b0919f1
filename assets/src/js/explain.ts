// A failure in words: what happened, what it means, and the one thing that helps most. One row per stable code.

import type { StoredError } from './state/types.ts';
import { t, type Key } from './words.ts';

export type Remedy = 'retry' | 'model' | 'edit' | 'new';

export interface Explanation {
  title: string;
  hint: string;
  remedies: Remedy[]; // the first is the one to offer most prominently
}

const kRemedies: Record<string, Remedy[]> = {
  rate_limited: ['retry'],
  too_many_streams: ['retry'],
  unavailable: ['retry'],
  provider_unavailable: ['retry', 'model'],
  provider_auth: ['model', 'retry'],
  provider_quota: ['model', 'retry'],
  provider_rate_limited: ['retry', 'model'],
  provider_overloaded: ['retry', 'model'],
  provider_rejected: ['edit', 'model'],
  model_not_found: ['model'],
  context_too_long: ['new', 'model'],
  cut: ['retry'],
  provider_error: ['retry', 'model'],
  timeout: ['retry', 'model'],
  offline: ['retry', 'edit'],
  too_large: ['edit', 'new'],
  invalid_request: ['edit', 'new'],
  cross_origin: ['retry'],
  internal: ['retry'],
  quota_exceeded: ['retry'],
  storage_full: ['retry'],
  conflict: ['retry'],
  not_found: ['new'],
  forbidden: ['new'],
};

const kSame: Record<string, string> = {
  provider_truncated: 'cut', provider_protocol: 'provider_error', misdirected: 'cross_origin', io: 'internal', config: 'internal', bad_answer: 'internal',
  method_not_allowed: 'invalid_request', unsupported_media_type: 'invalid_request',
};

// Failures of anything but an answer, whose words fit everywhere; the others say what the server said.
const kGeneral = new Set(['rate_limited', 'unavailable', 'timeout', 'internal', 'storage_full', 'forbidden', 'cross_origin']);
export function inWords(error: { code: string; message: string }): string {
  const code = kSame[error.code] ?? error.code;
  return kGeneral.has(code) ? t(`e_${code}` as Key) : error.message;
}

export function explain(error: StoredError): Explanation {
  const code = kSame[error.code] ?? error.code;
  const known = Object.hasOwn(kRemedies, code) ? code : 'other';
  return {
    title: t(`e_${known}` as Key),
    hint: t(`e_${known}_hint` as Key, { message: error.message }),
    remedies: kRemedies[known] ?? ['retry'],
  };
}
