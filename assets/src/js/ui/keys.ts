// The keyboard's shortcuts. All of them need a modifier, so that none fires while somebody types, and none is one that a
// browser keeps for itself: Ctrl or ⌘ with a sign or K, and a second family that types no letter on either kind of
// keyboard: Alt+Shift, on Apple's ⌃⇧.

import { copyText } from '../state/clipboard.ts';
import { go, page } from '../state/router.ts';
import { change, settings } from '../state/settings.ts';
import { say, toast } from '../state/status.ts';
import { shown } from '../state/thread.ts';
import { t } from '../words.ts';
import { dialog, drawer, focusComposer, isNarrow, isTouch } from './view.ts';

const apple = /Mac|iPhone|iPad/.test(navigator.platform);
export const command = apple ? '⌘' : 'Ctrl';
export const second = apple ? ['⌃', '⇧'] : ['Alt', 'Shift'];

export function newChat(): void {
  go('/chat');
  drawer.value = false;
  if (!isTouch()) setTimeout(focusComposer);
}

export function toggleSidebar(): void {
  if (isNarrow.peek()) drawer.value = !drawer.peek();
  else change({ sidebar: !settings.peek().sidebar });
}

export async function copyLastAnswer(): Promise<void> {
  const last = shown.peek().findLast((m) => m.role === 'assistant' && m.text);
  if (!last) return;
  if (await copyText(last.text)) toast(t('copied_answer'));
  else say(t('copy_failed'));
}

const withCommand: Record<string, () => void> = {
  k: () => (dialog.value = 'palette'),
  '.': () => (dialog.value = 'settings'),
  '/': () => (dialog.value = 'shortcuts'),
};
const withSecond: Record<string, () => void> = {
  KeyN: newChat,
  KeyM: () => (dialog.value = 'models'),
  KeyC: () => void copyLastAnswer(),
  KeyS: toggleSidebar,
};

export function onShortcut(event: KeyboardEvent): void {
  if (event.isComposing || event.getModifierState('AltGraph') || document.querySelector('dialog[open]')) return;
  const { name } = page.peek();
  if (event.shiftKey && event.key === 'Escape') return focusComposer();
  const commanded = (event.ctrlKey || event.metaKey) && !event.altKey;
  const seconded = event.shiftKey && (apple ? event.ctrlKey && !event.altKey : event.altKey && !event.ctrlKey) && !event.metaKey;
  // The sign of a key differs by layout ('/' is Shift+7 in German), so Shift is allowed for signs.
  const key = event.key.toLowerCase();
  const found = commanded && (!event.shiftKey || key === '/') ? withCommand[key] : seconded && (name === 'chat' || name === 'home') ? withSecond[event.code] : undefined;
  if (!found) return;
  event.preventDefault();
  found();
}
