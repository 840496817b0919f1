// The exact source of a code block, read back from what is shown: marks for direction characters become the characters.

export function codeText(node: Node): string {
  if (node.nodeType === 3) return (node as Text).data;
  const mark = (node as HTMLElement).dataset?.code;
  if (mark) return String.fromCodePoint(parseInt(mark, 16));
  let out = '';
  for (const child of node.childNodes) out += codeText(child);
  return out;
}
