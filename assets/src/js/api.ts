// JSON calls to this server's own API. Every failure is an ApiError (api-error.ts); a missing session is also told to
// whoever asked to hear of it, so that no caller has to look for it.

import { base } from './base.ts';
import { ApiError, errorFromResponse, errorFromThrown } from './api-error.ts';
import { takeEarly } from './early.ts';
import { noteVersion } from './state/version.ts';

const kTimeoutMs = 30_000;
// These 401s answer a password that was typed; every other one means that nobody is signed in.
const kTypedWrong = new Set(['invalid_credentials', 'second_factor_required']);

let signedOut: () => void = () => undefined;
export const onSignedOut = (tell: () => void): void => void (signedOut = tell);

export interface CallOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
  keepalive?: boolean; // goes on when the page is closed
  quiet?: boolean; // a 401 is the caller's own affair
  raw?: Blob; // sent as it is, with its own type
}

export async function failed(response: Response, quiet = false): Promise<ApiError> {
  const error = await errorFromResponse(response);
  if (error.status === 401 && !quiet && !kTypedWrong.has(error.code)) signedOut();
  return error;
}

export async function call<T>(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<T> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? kTimeoutMs);
  // Nothing of it is kept, and two that ask for the same do not wait for each other, as they would in the browser's cache.
  const init: RequestInit = { method, cache: 'no-store', headers: { Accept: 'application/json' }, signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout };
  if (options.keepalive) init.keepalive = true;
  if (options.raw) {
    init.body = options.raw;
    init.headers = { ...init.headers, 'Content-Type': options.raw.type };
  } else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, 'Content-Type': 'application/json' };
  }
  try {
    const response = (method === 'GET' && (await takeEarly(path))) || (await fetch(`${base}api${path}`, init));
    noteVersion(response);
    if (!response.ok) throw await failed(response, options.quiet);
    const text = await response.text();
    return (text ? JSON.parse(text) : undefined) as T;
  } catch (error) {
    if (timeout.aborted || (error as Error | undefined)?.name === 'TimeoutError') throw new ApiError('The server did not answer in time.', { code: 'offline' });
    if (error instanceof SyntaxError) throw new ApiError('The server sent something that is not JSON.', { code: 'bad_answer' });
    throw errorFromThrown(error);
  }
}

export const get = <T>(path: string, options?: CallOptions): Promise<T> => call<T>('GET', path, undefined, options);
export const post = <T>(path: string, body: unknown = {}, options?: CallOptions): Promise<T> => call<T>('POST', path, body, options);
export const patch = <T>(path: string, body: unknown, options?: CallOptions): Promise<T> => call<T>('PATCH', path, body, options);
export const put = <T>(path: string, body: unknown): Promise<T> => call<T>('PUT', path, body);
export const remove = <T>(path: string, body?: unknown): Promise<T> => call<T>('DELETE', path, body);

// Failures after which the same call may succeed by itself: no answer at all, or a server that is starting or stopping.
export const passing = (error: unknown): boolean =>
  error instanceof ApiError && (error.code === 'offline' || error.code === 'unavailable' || (error.code === 'http' && error.status >= 502) || error.status === 504);
