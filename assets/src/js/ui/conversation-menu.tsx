// What can be done to a conversation as a whole: the same items in the list and above the open conversation.

import { api } from '../base.ts';
import { remove, restore, setArchived, setPinned, titleOf } from '../state/conversations.ts';
import { thread } from '../state/thread.ts';
import type { Conversation } from '../state/types.ts';
import { t } from '../words.ts';
import type { MenuItem } from './menu.tsx';
import { removing } from './view.ts';

// A download is a link that is followed once; the server names the file.
export function download(path: string): void {
  const link = document.createElement('a');
  link.href = path;
  link.download = '';
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
}

const exportAs = (c: Conversation, format: 'markdown' | 'json') => (): void => download(`${api}/conversations/${c.id}/export?format=${format}`);

export function conversationItems(c: Conversation, onRename: () => void, onRemoved: () => void): MenuItem[] {
  if (c.deleted) {
    return [
      { icon: 'again', label: t('restore'), run: () => void restore(c.id).then(onRemoved) },
      { icon: 'trash', label: t('delete_for_good'), danger: true, run: () => (removing.value = c.id) },
    ];
  }
  const stored = c.revision > 0;
  const items: (MenuItem | false)[] = [
    { icon: 'edit', label: t('rename'), run: onRename },
    !c.archived && { icon: 'pin', label: c.pinned ? t('unpin') : t('pin'), run: () => setPinned(c.id, !c.pinned) },
    stored && { icon: 'archive', label: c.archived ? t('unarchive') : t('archive'), run: () => (setArchived(c.id, !c.archived), onRemoved()) },
    stored && { icon: 'download', label: t('export_markdown'), run: exportAs(c, 'markdown') },
    stored && { icon: 'download', label: t('export_json'), run: exportAs(c, 'json') },
    { icon: 'trash', label: t('delete'), danger: true, run: () => (void remove(c.id, thread.peek().id === c.id), onRemoved()) },
  ];
  return items.filter((item) => item !== false);
}

export const menuLabel = (c: Conversation): string => t('more_for', { title: titleOf(c) });
