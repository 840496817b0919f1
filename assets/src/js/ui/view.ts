// Small state of the interface alone: which dialog is open, whether the drawer is.

import { signal } from '@preact/signals';

export const dialog = signal<'settings' | 'models' | 'palette' | 'shortcuts' | null>(null);
export const editing = signal<string | null>(null); // the own message whose text is being changed
export const selecting = signal<ReadonlySet<string> | null>(null); // conversations that are ticked; null: nothing is being chosen
export const removing = signal<string | null>(null); // which of the deleted conversations is to go for good; '': all of them
export const oldOnes = signal(0); // conversations that the first version kept in this browser alone
export const drawer = signal(false); // the sidebar on narrow screens

const narrow = matchMedia('(max-width: 719.98px)');
export const isNarrow = signal(narrow.matches);
narrow.addEventListener('change', () => {
  isNarrow.value = narrow.matches;
  drawer.value = false;
});

export const isTouch = (): boolean => matchMedia('(pointer: coarse)').matches;

export function focusComposer(): void {
  document.querySelector<HTMLTextAreaElement>('.composer textarea')?.focus({ preventScroll: true });
}
