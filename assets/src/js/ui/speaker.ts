// Reads an answer aloud with the voices of the device, a sentence at a time. One answer at once; what begins anew ends what ran.

import { effect } from '@preact/signals';
import { page } from '../state/router.ts';
import { speaking } from '../state/speech.ts';
import { language } from '../words.ts';
import { languageOf, sentences, spokenText } from './sentences.ts';

let run = 0; // of the reading that goes on; what belongs to an older one is silent

// A voice of that language: the person's own accent first, then one that needs no network, then any.
function voiceFor(tag: string): SpeechSynthesisVoice | undefined {
  const voices = speechSynthesis.getVoices().filter((voice) => voice.lang.toLowerCase().replace('_', '-').split('-')[0] === tag);
  const here = navigator.languages.map((one) => one.toLowerCase());
  const rank = (voice: SpeechSynthesisVoice): number => {
    const at = here.indexOf(voice.lang.toLowerCase().replace('_', '-'));
    return (at < 0 ? here.length : at) * 4 + (voice.localService ? 0 : 2) + (voice.default ? 0 : 1);
  };
  return voices.sort((a, b) => rank(a) - rank(b))[0];
}

export function stopReading(): void {
  run++;
  speechSynthesis.cancel();
  speaking.value = null;
}

export function pauseReading(): void {
  if (!speaking.peek()) return;
  const paused = !speaking.peek()!.paused;
  if (paused) speechSynthesis.pause();
  else speechSynthesis.resume();
  speaking.value = { ...speaking.peek()!, paused };
}

export function read(message: string): void {
  stopReading();
  const prose = document.querySelector(`#message-${CSS.escape(message)} .prose`);
  if (!prose) return;
  const text = spokenText(prose);
  const tag = languageOf(text, language.peek().tag.split('-')[0]!);
  const pieces = sentences(text, tag);
  if (pieces.length === 0) return;
  const voice = voiceFor(tag);
  const mine = ++run;
  speaking.value = { message, paused: false };
  const next = (at: number): void => {
    if (mine !== run) return;
    if (at === pieces.length) return void (speaking.value = null);
    const utterance = new SpeechSynthesisUtterance(pieces[at]!);
    utterance.lang = voice?.lang ?? tag;
    if (voice) utterance.voice = voice;
    utterance.onend = () => next(at + 1);
    utterance.onerror = () => mine === run && stopReading();
    speechSynthesis.speak(utterance);
  };
  next(0);
}

// Whoever goes elsewhere, or leaves, is not read to any longer.
let first = true;
effect(() => {
  void page.value;
  if (!first) stopReading();
  first = false;
});
addEventListener('pagehide', stopReading);
