// Pure functions over a conversation's messages.

import { kHistoryMessagesMax, type HistoryItem } from '../chat-client.ts';
import type { Message } from './types.ts';

// From the first message to the leaf. A leaf that is unknown gives an empty path; a loop ends it.
export function pathTo(messages: readonly Message[], leaf: string | null): Message[] {
  const byId = new Map(messages.map((m) => [m.id, m]));
  const path: Message[] = [];
  const seen = new Set<string>();
  for (let at = leaf ? byId.get(leaf) : undefined; at && !seen.has(at.id); at = at.parent ? byId.get(at.parent) : undefined) {
    seen.add(at.id);
    path.push(at);
  }
  return path.reverse();
}

const oldestFirst = (a: Message, b: Message): number => a.created - b.created || (a.id < b.id ? -1 : 1);

export function siblingsOf(messages: readonly Message[], message: Message): Message[] {
  // An attempt that failed before its first word is no alternative, unless it is the one that is shown.
  const worth = (m: Message): boolean => m.id === message.id || m.state !== 'failed' || m.text !== '' || !!m.reasoning;
  return messages.filter((m) => m.parent === message.parent && m.role === message.role && !m.summary && worth(m)).sort(oldestFirst);
}

// A summary stands below the last message that it sums up. It is shown there and is no part of any branch.
export function withSummaries(messages: readonly Message[], path: readonly Message[]): Message[] {
  const onPath = new Set(path.map((m) => m.id));
  const aside = messages.filter((m) => m.summary && m.parent && !onPath.has(m.id) && onPath.has(m.parent));
  return aside.length === 0 ? [...path] : path.flatMap((m) => [m, ...aside.filter((s) => s.parent === m.id).sort(oldestFirst)]);
}

// The end of the newest branch below a message: where "show this alternative" leads.
export function newestLeaf(messages: readonly Message[], from: string): string {
  let at = from;
  for (let steps = 0; steps <= messages.length; steps++) {
    const next = messages.filter((m) => m.parent === at && !m.summary).sort(oldestFirst).at(-1);
    if (!next) return at;
    at = next.id;
  }
  return at;
}

// What the server does when a message is deleted (store/message_removal.h): a question goes with its answers, an answer
// alone when there are others; what followed hangs on what stood before.
function removal(messages: readonly Message[], id: string): { gone: ReadonlySet<string>; heir: string | null } | undefined {
  const target = messages.find((m) => m.id === id);
  if (!target) return undefined;
  const answersTo = (parent: string | null): Message[] => messages.filter((m) => m.role === 'assistant' && m.parent === parent).sort(oldestFirst);
  const others = target.role === 'assistant' ? answersTo(target.parent).filter((m) => m.id !== id) : [];
  if (others.length > 0) return { gone: new Set([id]), heir: others.at(-1)!.id };
  const question = target.role === 'user' ? target : messages.find((m) => m.id === target.parent);
  if (!question) return { gone: new Set([id]), heir: target.parent };
  return { gone: new Set([question.id, ...answersTo(question.id).map((m) => m.id)]), heir: question.parent };
}

export function without(messages: readonly Message[], id: string): Message[] {
  const found = removal(messages, id);
  if (!found) return [...messages];
  return messages.filter((m) => !found.gone.has(m.id)).map((m) => (m.parent && found.gone.has(m.parent) ? { ...m, parent: found.heir } : m));
}

// The leaf to show instead, when the shown one goes too.
export function leafWithout(before: readonly Message[], after: readonly Message[], id: string, leaf: string | null): string | null {
  const found = removal(before, id);
  if (!found || !leaf || !found.gone.has(leaf)) return leaf;
  if (found.heir) return newestLeaf(after, found.heir);
  const root = after.filter((m) => !m.parent && !m.summary).sort(oldestFirst).at(-1);
  return root ? newestLeaf(after, root.id) : null;
}

// What the model is told of the past: complete pairs only, because a question without an answer would stand before
// another question, which some providers refuse. At most the server's limit, whole pairs, newest kept.
export function historyOf(path: readonly Message[], charsMax = 200_000): HistoryItem[] {
  const pairs: HistoryItem[][] = [];
  for (let i = 0; i + 1 < path.length; i++) {
    const question = path[i]!;
    const answer = path[i + 1]!;
    if (question.role !== 'user' || answer.role !== 'assistant' || !answer.text.trim()) continue;
    pairs.push([{ role: 'user', content: question.text }, { role: 'assistant', content: answer.text }]);
  }
  const kept: HistoryItem[] = [];
  let chars = 0;
  for (const pair of pairs.reverse()) {
    chars += pair.reduce((n, item) => n + item.content.length, 0);
    if (kept.length + 2 > kHistoryMessagesMax || chars > charsMax) break;
    kept.unshift(...pair);
  }
  return kept;
}

// The first words of a text as a title: one line, no Markdown signs, cut at a word.
export function titleFrom(text: string, charsMax = 48): string {
  const line = text.replace(/```[\s\S]*?(```|$)/g, ' ').replace(/[#*_`>~]+/g, ' ').replace(/\s+/g, ' ').trim();
  const chars = [...line];
  if (chars.length <= charsMax) return line;
  const cut = chars.slice(0, charsMax).join('');
  const space = cut.lastIndexOf(' ');
  return `${(space > charsMax / 2 ? cut.slice(0, space) : cut).replace(/[\s,.;:!?–-]+$/, '')}…`;
}

export type Group = 'today' | 'yesterday' | 'week' | 'month' | 'older';

export function groupOf(time: number, now = Date.now()): Group {
  const midnight = new Date(now);
  midnight.setHours(0, 0, 0, 0);
  const days = (midnight.getTime() - time) / 86_400_000;
  if (days <= 0) return 'today';
  if (days <= 1) return 'yesterday';
  if (days <= 7) return 'week';
  return days <= 30 ? 'month' : 'older';
}

export function matches(title: string, query: string): boolean {
  const fold = (s: string): string => s.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const folded = fold(title);
  return fold(query).split(/\s+/).every((word) => folded.includes(word));
}
