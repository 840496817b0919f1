// What a code block or formula was made from. Two nodes with the same source show the same thing, whatever was drawn or
// folded in one of them meanwhile.

export interface Source {
  key: string;
  language?: string;
  info?: string;
  text?: string; // of code
  tex?: string; // of a formula
  display?: boolean;
}

const sources = new WeakMap<Node, Source>();

export const sourceOf = (node: Node): Source | undefined => sources.get(node);
export const setSource = (node: Node, source: Source): void => void sources.set(node, source);
