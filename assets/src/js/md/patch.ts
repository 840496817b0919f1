// Makes one piece of DOM equal to another while keeping every node that need not change, so that a selection, a focused
// copy button or a scrolled code block survive the next fifty milliseconds of text. Used for the unfinished tail only.

import { growCode } from './code-block.ts';
import { sourceOf } from './source.ts';

function sameKind(a: Node, b: Node): boolean {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName;
}

// Only what differs: ranges in the text before it stay, and the browser lays out less.
function patchText(from: Text, to: Text): void {
  const shorter = Math.min(from.length, to.length);
  let same = 0;
  while (same < shorter && from.data.charCodeAt(same) === to.data.charCodeAt(same)) same++;
  if (same < from.length || same < to.length) from.replaceData(same, from.length - same, to.data.slice(same));
}

function patchAttributes(from: Element, to: Element): void {
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of [...to.attributes]) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
}

export function patchNode(from: ChildNode, to: ChildNode): void {
  const [old, fresh] = [sourceOf(from), sourceOf(to)];
  if (old && old.key === fresh?.key) return; // coloured, drawn, folded or not: it shows this source
  if (!sameKind(from, to)) {
    from.replaceWith(to);
  } else if (old || fresh) {
    const grow = (a: Element, b: Element): void => patchList(a, [...a.childNodes], [...b.childNodes]);
    if (!growCode(from as Element, to as Element, grow)) from.replaceWith(to);
  } else if (from.nodeType === 3) {
    patchText(from as Text, to as Text);
  } else {
    patchAttributes(from as Element, to as Element);
    patchList(from as Element, [...from.childNodes], [...to.childNodes]);
  }
}

// Makes `old` (a run of children of parent, ended by `end`) equal to `fresh`.
export function patchList(parent: ParentNode & Node, old: ChildNode[], fresh: ChildNode[], end: ChildNode | null = null): void {
  const shared = Math.min(old.length, fresh.length);
  for (let i = 0; i < shared; i++) patchNode(old[i]!, fresh[i]!);
  for (let i = shared; i < old.length; i++) old[i]!.remove();
  for (let i = shared; i < fresh.length; i++) parent.insertBefore(fresh[i]!, end);
}
