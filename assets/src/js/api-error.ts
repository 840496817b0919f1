// One kind of failure for everything that talks to the server.
//
// `code` is the server's stable code, or one of ours: offline (no answer at all), cut (the stream ended without `done`
// or `error`), bad_answer (an answer that is no JSON), http (an error status without a code). `message` is a sentence
// that may be shown as it is.

export interface ApiErrorFacts {
  status?: number;
  code?: string;
  retryAfter?: number | undefined; // seconds
  requestId?: string | undefined;
  quota?: string | undefined; // which one is used up (code quota_exceeded)
}

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfter: number | undefined;
  readonly requestId: string | undefined;
  readonly quota: string | undefined;

  constructor(message: string, facts: ApiErrorFacts = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = facts.status ?? 0;
    this.code = facts.code ?? 'http';
    this.retryAfter = facts.retryAfter;
    this.requestId = facts.requestId;
    this.quota = facts.quota;
  }
}

const asText = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined);

export function secondsFrom(value: unknown, now = Date.now()): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return Math.ceil(value);
  if (typeof value !== 'string' || !value.trim()) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Math.ceil(Number(value));
  const date = Date.parse(value); // Retry-After may be an HTTP date
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}

function codeOfStatus(status: number): string {
  if (status === 429) return 'rate_limited';
  if (status === 401) return 'unauthenticated';
  if (status === 413) return 'too_large';
  if (status === 400 || status === 422) return 'invalid_request';
  if (status === 503) return 'unavailable';
  if (status === 504) return 'timeout';
  return 'http';
}

export async function errorFromResponse(response: Response): Promise<ApiError> {
  let body: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(await response.text());
    if (parsed && typeof parsed === 'object') body = parsed as Record<string, unknown>;
  } catch {
    // A proxy's HTML page; the status says enough.
  }
  return new ApiError(asText(body.error) ?? `The server answered with status ${response.status}.`, {
    status: response.status,
    code: asText(body.code) ?? codeOfStatus(response.status),
    retryAfter: secondsFrom(body.retry_after) ?? secondsFrom(response.headers.get('Retry-After')),
    quota: asText(body.quota),
    requestId: asText(body.request_id) ?? response.headers.get('X-Request-Id') ?? undefined,
  });
}

export function errorFromThrown(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  // fetch() and a broken body both reject with a TypeError; the text differs by browser and helps nobody.
  if (error instanceof TypeError) return new ApiError('The server cannot be reached.', { code: 'offline' });
  return new ApiError(error instanceof Error ? error.message : String(error), { code: 'bad_answer' });
}
