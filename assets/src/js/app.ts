// Starts the app: who is here (state/session.ts) decides what is shown.

import '../css/main.css';
import '../css/chat.css';
import { computed, effect, untracked } from '@preact/signals';
import { h, render } from 'preact';
import { App, fetchPart } from './chat-ui.tsx';
import { forgetEarly } from './early.ts';
import { installWorker } from './install-worker.ts';
import { forgetFiles } from './state/attachments.ts';
import { startConversations, stopConversations } from './state/conversations.ts';
import { startDrafts } from './state/drafts.ts';
import { loadModels } from './state/models.ts';
import { startNextMessages } from './state/next-message.ts';
import { startQueue, stopQueue } from './state/queue.ts';
import { forgetQuota, refreshQuota } from './state/quota.ts';
import { fragment, page, path, startRouter } from './state/router.ts';
import { startInstall } from './state/install.ts';
import { startLanguage } from './state/language.ts';
import { startSession, user } from './state/session.ts';
import { startTheme } from './state/settings.ts';
import { watchVoices } from './state/speech.ts';
import { online, startNetwork } from './state/status.ts';
import { startThread } from './state/thread.ts';
import { startTurns } from './state/turns.ts';
import { forgetUnread, startUnread } from './state/unread.ts';
import { loadMarkdown } from './ui/markdown.ts';
import { soon } from './soon.ts';
import { startViewport } from './viewport.ts';
import { oldOnes } from './ui/view.ts';

const kPatienceMs = 700;

// Somebody else is here, or nobody: what belonged to the one before is put away.
async function enter(id: string | undefined): Promise<void> {
  stopQueue();
  stopConversations();
  forgetQuota();
  forgetFiles();
  if (!id) return forgetUnread();
  void loadModels();
  refreshQuota();
  await startConversations();
  await startQueue();
  setTimeout(() => void import('./people/old-conversations.ts').then((old) => old.countOld()).then((n) => void (oldOnes.value = n), () => undefined), 1000);
}

// Shared with the app, or opened with it (state/launched.ts).
function takeWhatCame(): void {
  const launched = () => import('./state/launched.ts');
  if (fragment.peek() === 'shared') void launched().then((m) => m.takeShared());
  const { launchQueue } = globalThis as { launchQueue?: { setConsumer(take: (params: { files?: FileSystemFileHandle[] }) => void): void } };
  launchQueue?.setConsumer(({ files }) => files?.length && void launched().then((m) => m.openFiles(files)));
}

async function start(): Promise<void> {
  startTheme();
  const words = startLanguage();
  startRouter();
  startNetwork();
  fetchPart(path.peek());
  startViewport();
  startDrafts();
  startUnread();
  startInstall();
  watchVoices();

  // Fetched beside everything else when a conversation opens, and before it is needed when one begins.
  const opens = path.peek().startsWith('/c/');
  const first = page.peek().name;
  const chats = first === 'chat' || first === 'home';
  if (opens) void loadMarkdown();
  else setTimeout(() => void loadMarkdown(), chats ? 1500 : 15_000);

  await Promise.all([startSession(), words]);
  startTurns();
  startNextMessages();
  let entered: Promise<void> = Promise.resolve();
  const here = computed(() => user.value?.id);
  effect(() => {
    const id = here.value;
    entered = untracked(() => enter(id));
  });
  // One mount, with what is there already: no second layout. Storage is waited for as long as db.ts does, for what is sent
  // must not go into another chat; a slow server is not, and pages without a conversation wait for neither.
  const opened = entered.then(() => Promise.all([startThread(here), opens ? loadMarkdown() : undefined]));
  if (chats) {
    await entered;
    await Promise.race([opened, new Promise((resolve) => setTimeout(resolve, kPatienceMs))]);
  }
  let was = true;
  online.subscribe((on) => {
    if (on && !was && user.peek()) void loadModels();
    was = on;
  });
  render(h(App, {}), document.getElementById('app')!);
  effect(() => void (here.value && soon(() => void import('./state/synced.ts').catch(() => undefined)))); // else with the next start
  void opened.finally(forgetEarly).then(takeWhatCame, takeWhatCame);
  if (document.readyState === 'complete') void installWorker();
  else addEventListener('load', () => void installWorker());
}

void start();
