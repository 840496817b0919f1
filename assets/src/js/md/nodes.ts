// The smallest pieces that the builders of answers share: elements with attributes from a closed list, and text in which
// bidirectional control characters (U+202A–E, U+2066–9) are visible marks.

export const kBidi = /[\u202a-\u202e\u2066-\u2069]/;

export function element(name: string, attributes: Record<string, string> = {}, children: Node[] = []): HTMLElement {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

export const text = (value: string): Text => document.createTextNode(value);

// codeText() in code-text.ts turns the marks back for copying.
export function plainNodes(value: string): Node[] {
  if (!kBidi.test(value)) return [text(value)];
  return value.split(/([\u202a-\u202e\u2066-\u2069])/).filter(Boolean).map((part) => {
    if (!kBidi.test(part)) return text(part);
    const code = part.codePointAt(0)!.toString(16).toUpperCase();
    return element('span', { class: 'bidi', 'data-code': code, title: `U+${code}` }, [text(`U+${code}`)]);
  });
}
