// Who uses this app: GET /api/session at the start decides between setting up, signing in and the chat itself.

import { computed, signal } from '@preact/signals';
import { base } from '../base.ts';
import { ApiError } from '../api-error.ts';
import { get, onSignedOut, post } from '../api.ts';
import type { AttachmentLimits } from './attachments.ts';
import * as db from './db.ts';
import { forgetDrafts } from './drafts.ts';
import { change as changeSettings } from './settings.ts';

export interface User {
  id: string;
  name: string;
  role: 'user' | 'admin';
  plan: { id: string; name: string } | null;
  totp_enabled: boolean;
  has_password: boolean;
  created_at: string;
}

export interface Session {
  mode: 'open' | 'accounts';
  setup_required: boolean;
  registration: 'closed' | 'invite';
  user: User | null;
  session_id: string | null;
  features?: { attachments?: AttachmentLimits };
}

// unreachable: nothing is known of this server yet, and it does not answer.
export const session = signal<Session | null>(null);
export const unreachable = signal(false);
export const user = computed(() => session.value?.user ?? null);
export const signedIn = computed(() => user.value !== null);
export const isAdmin = computed(() => user.value?.role === 'admin');
export const hasAccounts = computed(() => session.value?.mode === 'accounts');

const kKey = base === '/' ? 'whinchat.session' : `whinchat.session ${base}`; // who was here last, so that the app starts without a network
export const kPrompts = base === '/' ? 'whinchat.prompts' : `whinchat.prompts ${base}`; // what prompts.ts keeps
export const kSynced = `${kPrompts} synced`; // what synced.ts knows of the server's
const kForgetMs = 1000;
const kPatienceMs = 1200; // a server that needs longer is not waited for when somebody is known
const kUnknownMs = 4000; // nor, for more than saying so, when nobody is
const kAskMs = 20_000;

function saved(): Session | null {
  try {
    const row = JSON.parse(localStorage.getItem(kKey) ?? 'null') as Session | null;
    return typeof row?.user?.id === 'string' ? row : null;
  } catch {
    return null;
  }
}

async function keep(next: Session): Promise<void> {
  unreachable.value = false;
  if (next.user) await db.openFor(next.user.id);
  session.value = next;
  try {
    if (next.user) localStorage.setItem(kKey, JSON.stringify(next));
    else localStorage.removeItem(kKey);
  } catch {
    // Storage is denied: the next start needs the server.
  }
}

export async function refreshSession(): Promise<void> {
  await keep(await get<Session>('/session', { quiet: true, timeoutMs: kAskMs }));
}

// Resolves when it is known what to show first.
export async function startSession(): Promise<void> {
  onSignedOut(() => {
    if (session.peek()) session.value = { ...session.peek()!, user: null };
  });
  const known = saved();
  const asked = refreshSession().catch((error: unknown) => {
    if (!session.peek()) unreachable.value = true;
    if (!(error instanceof ApiError)) throw error;
  });
  await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, known ? kPatienceMs : kUnknownMs))]);
  if (session.peek()) return;
  unreachable.value = !known;
  if (!known) return;
  await db.openFor(known.user!.id);
  session.value ??= known;
}

export interface Credentials {
  name: string;
  password: string;
  code?: string;
}

export const signIn = async (given: Credentials): Promise<void> => keep(await post<Session>('/login', given));
export const setUp = async (given: { token: string; name: string; password: string }): Promise<void> => keep(await post<Session>('/setup', given));
export const register = async (given: { invite: string; name: string; password: string }): Promise<void> => keep(await post<Session>('/register', given));

export function changeUser(part: Partial<User>): void {
  const now = session.peek();
  if (now?.user) void keep({ ...now, user: { ...now.user, ...part } });
}

// Signing out forgets what this browser holds of the person's conversations.
export async function leave(): Promise<void> {
  try {
    localStorage.removeItem(kKey);
    localStorage.removeItem(kSynced); // first: without it the others' absence is no deletion
    localStorage.removeItem(kPrompts);
    forgetDrafts();
  } catch {
    // nothing was kept
  }
  if (session.peek()) session.value = { ...session.peek()!, user: null };
  changeSettings({ instructions: '' });
  // The server's Clear-Site-Data empties the same storage at this moment, and the browser may take its time over both.
  await Promise.race([db.forgetEverything(), new Promise((resolve) => setTimeout(resolve, kForgetMs))]);
}

let beforeLeaving: () => Promise<unknown> = () => Promise.resolve();
export const onLeaving = (last: () => Promise<unknown>): void => void (beforeLeaving = last);

export async function signOut(): Promise<void> {
  await Promise.race([beforeLeaving(), new Promise((resolve) => setTimeout(resolve, kForgetMs))]);
  await post('/logout');
  await leave();
}
