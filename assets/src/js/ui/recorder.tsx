// Speaking instead of typing: records, shows how loud and how long, and has a provider write it down. What was said goes
// into the field, to be looked at; it is never sent by itself. Fetched when the microphone is first pressed.
// W3C MediaStream Recording (2025): WebM with Opus where the browser has it, else MP4 (Safari).

import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApiError } from '../api-error.ts';
import * as api from '../api.ts';
import { inWords } from '../explain.ts';
import english from '../i18n/en.media.json';
import { transcription } from '../state/models.ts';
import { say } from '../state/status.ts';
import { addWords, t } from '../words.ts';
import { Icon } from './icons.tsx';

addWords(english);

const kLongestMs = 600_000;
const kWriteMs = 180_000;
const kKinds = ['audio/webm;codecs=opus', 'audio/webm', 'audio/mp4'];

type State = 'asking' | 'recording' | 'writing' | 'failed';

interface Props {
  onText: (text: string) => void;
  onEnd: () => void;
}

function words(error: unknown): string {
  const { name, message } = error as Error;
  if (name === 'NotAllowedError' || name === 'SecurityError') return t('mic_denied');
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return t('mic_none');
  return t('mic_failed', { message: name === 'ApiError' ? inWords(error as ApiError) : message });
}

// Calls back with 0 to 1, as long as it is not ended.
function watchLevel(stream: MediaStream, tell: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let frame = 0;
  const look = (): void => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
    tell(Math.min(1, Math.sqrt(power) * 5));
    frame = requestAnimationFrame(look);
  };
  look();
  return () => {
    cancelAnimationFrame(frame);
    void context.close();
  };
}

const clock = (ms: number): string => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`;

export function Recorder({ onText, onEnd }: Props) {
  const [state, setState] = useState<State>('asking');
  const [problem, setProblem] = useState('');
  const [ms, setMs] = useState(0);
  const bar = useRef<HTMLSpanElement>(null);
  const finish = useRef<() => void>(() => undefined);

  useEffect(() => {
    const abort = new AbortController();
    const ends: (() => void)[] = [];
    const stopAll = (): void => {
      for (const end of ends.splice(0)) end();
    };
    const fail = (error: unknown): void => {
      stopAll();
      if (abort.signal.aborted) return;
      setProblem(words(error));
      setState('failed');
    };
    const write = async (blob: Blob): Promise<void> => {
      if (blob.size === 0) return fail(new Error(t('mic_empty'))); // pressed twice
      setState('writing');
      const path = '/transcriptions';
      const said = await api.post<{ text: string }>(path, undefined, { raw: blob.slice(0, blob.size, 'application/octet-stream'), timeoutMs: kWriteMs, signal: abort.signal });
      if (abort.signal.aborted) return;
      if (!said.text) return fail(new Error(t('mic_empty')));
      onText(said.text);
      say(t('mic_written'));
      onEnd();
    };
    const record = async (): Promise<void> => {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
      ends.push(() => stream.getTracks().forEach((track) => track.stop()));
      if (abort.signal.aborted) return stopAll();
      const mimeType = kKinds.find((kind) => MediaRecorder.isTypeSupported(kind));
      const recorder = new MediaRecorder(stream, mimeType ? { mimeType, audioBitsPerSecond: 32_000 } : {});
      const parts: Blob[] = [];
      let size = 0;
      recorder.ondataavailable = ({ data }) => {
        parts.push(data);
        size += data.size;
        if (size > (transcription.peek()?.bytes ?? Infinity) * 0.95) finish.current();
      };
      recorder.onerror = (event) => fail((event as unknown as { error?: Error }).error ?? new Error(recorder.mimeType));
      finish.current = () => {
        finish.current = () => undefined;
        recorder.onstop = () => {
          stopAll();
          write(new Blob(parts, { type: recorder.mimeType })).catch(fail);
        };
        recorder.stop();
      };
      recorder.start(1000);
      setState('recording');
      const begun = performance.now();
      const timer = setInterval(() => {
        const now = performance.now() - begun;
        setMs(now);
        if (now >= kLongestMs) finish.current();
      }, 250);
      ends.push(() => clearInterval(timer), watchLevel(stream, (level) => bar.current?.style.setProperty('scale', `${level} 1`)));
    };
    const key = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !document.querySelector('dialog[open]')) onEnd();
    };
    addEventListener('keydown', key);
    record().catch(fail);
    return () => {
      removeEventListener('keydown', key);
      abort.abort();
      stopAll();
    };
  }, []);

  if (state === 'failed') {
    return (
      <div class="attach-note" role="alert">
        <Icon name="warning" size={18} /><span>{problem}</span>
        <button type="button" class="icon-button small" aria-label={t('close')} onClick={onEnd}><Icon name="close" size={16} /></button>
      </div>
    );
  }
  return (
    <div class="recorder" role="group" aria-label={t('recording')}>
      <span class="recorder-dot" data-on={state === 'recording'} />
      <span class="tabular" role="timer">{state === 'recording' ? clock(ms) : t(state === 'asking' ? 'mic_waiting' : 'mic_writing')}</span>
      <span class="recorder-level" aria-hidden="true">{state === 'recording' && <span ref={bar} />}</span>
      <button type="button" class="icon-button" aria-label={t('mic_cancel')} title={t('mic_cancel')} onClick={onEnd}><Icon name="close" /></button>
      {state === 'recording' && <button type="button" class="button main" ref={(button) => button?.focus()} onClick={() => finish.current()}>{t('mic_done')}</button>}
    </div>
  );
}
