// The app for a server that keeps no conversations: they stay in this browser.

import { h, render } from 'preact';
import { App } from './chat-ui.tsx';
import { installWorker } from './install-worker.ts';
import { startConversations } from './state/conversations.ts';
import { loadModels } from './state/models.ts';
import { startRouter } from './state/router.ts';
import { startTheme } from './state/settings.ts';
import { online, startNetwork } from './state/status.ts';
import { running } from './state/turns.ts';

export async function start(): Promise<void> {
  startTheme();
  startRouter();
  startNetwork();
  void loadModels();
  online.subscribe((on) => void (on && loadModels()));

  // One mount, with what is stored already there: no second layout.
  await startConversations((conversation) => running.peek().has(conversation));
  render(h(App, {}), document.getElementById('app')!);
  if (document.readyState === 'complete') void installWorker();
  else addEventListener('load', () => void installWorker());
}
