// Chat API client with streaming: the guide's class, its names and its arguments, with its faults mended inside.
//
// Kept: constructor(), apiBase, conversationHistory, sendMessage, sendMessageStream, cancelStream, clearHistory,
// getHistory, getModels, checkHealth, getRateLimits. Added, all optional: a fourth argument with options, and further
// callbacks (onReasoning, onUsage, onStop, onOpen). What is promised for a stream:
// - exactly one of onComplete, onError, onStop is called; cancelStream() leads to onStop with the partial text;
// - a callback that throws ends the stream and rejects the promise; it is not taken for a broken event;
// - the history sent never exceeds the server's 50 messages, whatever conversationHistory holds.

import { api } from './base.ts';
import { ApiError, errorFromResponse, errorFromThrown, secondsFrom } from './api-error.ts';
import { SseParser } from './sse.ts';

export interface HistoryItem {
  role: 'user' | 'assistant' | 'system';
  content: string;
}

export interface Usage {
  input_tokens?: number;
  output_tokens?: number;
  total_tokens?: number;
  cached_tokens?: number;
  reasoning_tokens?: number;
  estimated?: boolean; // counted by the server because the provider sent none
}

export interface ChatOptions {
  model?: string | null;
  system?: string;
  maxTokens?: number;
  temperature?: number;
}

export interface Completion {
  model: string | undefined;
  usage: Usage | undefined;
  finishReason: string | undefined;
}

export interface StreamCallbacks {
  onChunk: (delta: string, full: string) => void;
  onComplete: (full: string, model: string | undefined, completion: Completion) => void;
  onError: (error: ApiError) => void;
  onReasoning?: (delta: string, full: string) => void;
  onUsage?: (usage: Usage) => void;
  onStop?: (partial: string) => void;
  onOpen?: (response: Response) => void;
}

export interface ChatReply {
  message: string;
  model: string;
  usage?: Usage;
}

export const kHistoryMessagesMax = 50; // the server's limit, also the guide's
export const kMessageCharsMax = 10_000; // code points, the server's limit, also the guide's

interface WireEvent {
  type?: string;
  content?: unknown;
  model?: string;
  error?: string;
  code?: string;
  retry_after?: unknown;
  usage?: Usage;
  finish_reason?: string;
}

export default class ChatClient {
  apiBase: string;
  conversationHistory: HistoryItem[];
  abortController: AbortController | null;

  constructor() {
    this.apiBase = api;
    this.conversationHistory = [];
    this.abortController = null;
  }

  async sendMessage(message: string, provider = 'openai', model: string | null = null, options: ChatOptions = {}): Promise<ChatReply> {
    try {
      const response = await this.post('/chat', this.body(message, provider, { ...options, model: model ?? options.model ?? null }));
      const data = (await response.json()) as ChatReply;
      this.remember(message, data.message);
      return data;
    } catch (error) {
      throw errorFromThrown(error);
    }
  }

  async sendMessageStream(message: string, provider: string, callbacks: StreamCallbacks, options: ChatOptions = {}): Promise<void> {
    const abort = new AbortController();
    this.abortController = abort;
    const turn = new StreamReader(callbacks);
    try {
      const response = await this.post('/chat/stream', this.body(message, provider, options), abort.signal);
      turn.guard(() => callbacks.onOpen?.(response));
      await turn.read(response);
      if (turn.completion) this.remember(message, turn.text);
    } catch (error) {
      if (turn.callbackFailed) {
        abort.abort(); // close the connection; the caller's own error goes to the caller
        throw error;
      }
      if (!abort.signal.aborted) {
        callbacks.onError(errorFromThrown(error));
        return;
      }
      if (turn.text) this.remember(message, turn.text);
      callbacks.onStop?.(turn.text);
      return;
    } finally {
      if (this.abortController === abort) this.abortController = null;
    }
    if (turn.completion) callbacks.onComplete(turn.text, turn.completion.model, turn.completion);
  }

  cancelStream(): void {
    this.abortController?.abort();
    this.abortController = null;
  }

  clearHistory(): void {
    this.conversationHistory = [];
  }

  getHistory(): HistoryItem[] {
    return [...this.conversationHistory];
  }

  async getModels(): Promise<Record<string, unknown>> {
    return (await this.get('/models')) ?? { openai: [], claude: [] };
  }

  async checkHealth(): Promise<boolean> {
    return (await this.get('/health'))?.status === 'healthy';
  }

  async getRateLimits(): Promise<Record<string, unknown> | null> {
    return this.get('/rate-limit');
  }

  private async get(path: string): Promise<Record<string, unknown> | null> {
    try {
      const response = await fetch(`${this.apiBase}${path}`, { headers: { Accept: 'application/json' } });
      return response.ok ? ((await response.json()) as Record<string, unknown>) : null;
    } catch {
      return null; // unreachable and unreadable are the same to whoever asks for a list
    }
  }

  private async post(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
    const init: RequestInit = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    if (signal) init.signal = signal;
    const response = await fetch(`${this.apiBase}${path}`, init);
    if (!response.ok) throw await errorFromResponse(response);
    return response;
  }

  private body(message: string, provider: string, options: ChatOptions): Record<string, unknown> {
    const system: HistoryItem[] = options.system ? [{ role: 'system', content: options.system }] : [];
    const recent = this.conversationHistory.slice(-(kHistoryMessagesMax - system.length));
    // A cut must not leave an answer without its question at the front.
    if (recent.length < this.conversationHistory.length) while (recent[0]?.role === 'assistant') recent.shift();
    const body: Record<string, unknown> = { message, provider, history: [...system, ...recent] };
    if (options.model) body.model = options.model;
    if (options.maxTokens !== undefined) body.max_tokens = options.maxTokens;
    if (options.temperature !== undefined) body.temperature = options.temperature;
    return body;
  }

  private remember(message: string, answer: string): void {
    this.conversationHistory.push({ role: 'user', content: message }, { role: 'assistant', content: answer });
  }
}

const kCut = () => new ApiError('The connection ended before the answer was complete.', { code: 'cut' });

// Reads one answer: bytes → text → events → callbacks. Ends by `done`, or throws.
class StreamReader {
  text = '';
  completion: Completion | undefined;
  callbackFailed = false;
  private reasoning = '';

  constructor(private readonly callbacks: StreamCallbacks) {}

  async read(response: Response): Promise<void> {
    if (!/^text\/event-stream\b/i.test(response.headers.get('Content-Type') ?? 'text/event-stream')) {
      throw new ApiError('The server did not answer with a stream.', { status: response.status, code: 'bad_answer' });
    }
    if (!response.body) throw new ApiError('The answer came without a body.', { code: 'bad_answer' });
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const parser = new SseParser();
    while (!this.completion) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw error instanceof TypeError ? kCut() : error;
      });
      const events = done ? [...parser.feed(decoder.decode()), ...parser.finish()] : parser.feed(decoder.decode(value, { stream: true }));
      for (const event of events) if (!this.completion) this.take(event.data);
      if (done && !this.completion) throw kCut();
    }
    void reader.cancel().catch(() => undefined); // nothing follows `done`
  }

  guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.callbackFailed = true;
      throw error;
    }
  }

  private take(data: string): void {
    let event: WireEvent;
    try {
      event = JSON.parse(data) as WireEvent;
    } catch {
      throw new ApiError('The server sent something that is not a chat event.', { code: 'bad_answer' });
    }
    const content = typeof event?.content === 'string' ? event.content : '';
    if (event?.type === 'chunk') {
      this.text += content;
      this.guard(() => this.callbacks.onChunk(content, this.text));
    } else if (event?.type === 'reasoning') {
      this.reasoning += content;
      this.guard(() => this.callbacks.onReasoning?.(content, this.reasoning));
    } else if (event?.type === 'done') {
      this.completion = { model: event.model, usage: event.usage, finishReason: event.finish_reason };
      if (event.usage) this.guard(() => this.callbacks.onUsage?.(event.usage!));
    } else if (event?.type === 'error') {
      const facts = { code: event.code ?? 'provider_error', retryAfter: secondsFrom(event.retry_after) };
      throw new ApiError(event.error || 'The provider reported an error.', facts);
    }
    // Other types are from a newer server and are passed over.
  }
}
