// Registers the service worker and offers its updates. A waiting version is taken only when the person says so.
// Absent on plain HTTP other than localhost; the app works without it.

import { effect } from '@preact/signals';
import { base } from './base.ts';
import { updateReady } from './state/status.ts';
import { anyLive } from './state/live.ts';
import { newerServer } from './state/version.ts';

const kCheckMs = 60 * 60 * 1000;

interface Policy {
  createScriptURL(url: string): string;
}
interface Factory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): Policy;
}

// The one Trusted Types policy of the app: it lets exactly one address pass.
function workerUrl(): string {
  const own = `${base}sw.js`;
  const allow = (url: string): string => {
    if (url !== own) throw new TypeError(`Only ${own} may be a worker.`);
    return url;
  };
  const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
  return factory ? factory.createPolicy('app', { createScriptURL: allow }).createScriptURL(own) : own;
}

function offer(registration: ServiceWorkerRegistration): void {
  const waiting = registration.waiting;
  if (!waiting || !navigator.serviceWorker.controller) return; // the first version needs no consent
  updateReady.value = () => waiting.postMessage({ type: 'skip-waiting' });
}

// A server with another version than this page: its worker is asked for at once; without workers the page is loaded anew.
function followServer(check: () => void): void {
  let told = false;
  effect(() => {
    if (!newerServer.value || told) return;
    told = true;
    check();
  });
}
const offerReload = (): void => followServer(() => (updateReady.value = () => location.reload()));

export async function installWorker(): Promise<void> {
  if (!('serviceWorker' in navigator)) return offerReload();
  let controlled = navigator.serviceWorker.controller !== null;
  let taken = false;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (controlled && !taken && navigator.serviceWorker.controller) {
      // Agreed to here or in another tab. One reload, and never in the middle of an answer.
      taken = true;
      effect(() => void (!anyLive() && location.reload()));
    }
    controlled = true; // the first worker that takes an uncontrolled page changes nothing on it
  });
  try {
    const registration = await navigator.serviceWorker.register(workerUrl(), { updateViaCache: 'none' });
    offer(registration);
    registration.addEventListener('updatefound', () => {
      const worker = registration.installing;
      worker?.addEventListener('statechange', () => worker.state === 'installed' && offer(registration));
    });
    const check = (): void => void registration.update().catch(() => undefined);
    followServer(check);
    setInterval(check, kCheckMs);
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && check());
  } catch {
    // Refused (certificate, policy of the browser): everything but the offline start works.
    offerReload();
  }
}
