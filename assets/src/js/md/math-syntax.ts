// Where mathematics begins and ends in Markdown: $…$ and \(…\) within a line, $$…$$ and \[…\] displayed. An extension of
// marked's lexer; what it finds is a token { type: 'math', raw, tex, display }.
//
// Money is not mathematics ("$5 and $6"), and an escaped bracket ("\[not a link\]") stays one: the rules below are those
// of pandoc's tex_math_dollars (closing $ after a non-space, before no digit or letter), and what is between must look
// like a formula. A blank line ends any formula, as in TeX.

import type { TokenizerExtension, Tokens } from 'marked';

export interface MathToken extends Tokens.Generic {
  type: 'math';
  tex: string;
  display: boolean;
}

const kCharsMax = 4000; // a longer one is shown as its source

// The index of `close` in text from `at` on, or -1. Backslashes escape; a blank line, a backtick or a too long way ends the search.
function findClose(text: string, at: number, close: string): number {
  const end = Math.min(text.length, at + kCharsMax);
  for (let i = at; i < end; i++) {
    if (text.startsWith(close, i)) return i;
    const c = text[i];
    if (c === '\\') i++;
    else if (c === '`') return -1;
    else if (c === '$' && close !== '$$') return -1;
    else if (c === '\n' && /^[ \t]*\n/.test(text.slice(i + 1, i + 80))) return -1;
  }
  return -1;
}

// Prose has words; a formula has operators, commands or single letters.
const looksLikeMath = (tex: string): boolean => /\S/.test(tex) && (/[\\^_={}<>]/.test(tex) || !/[A-Za-z]{3}/.test(tex));

const kClosing: Record<string, string> = { '$': '$', '$$': '$$', '\\(': '\\)', '\\[': '\\]' };

function inlineMath(src: string, before: string): MathToken | undefined {
  const open = /^(?:\$\$|\$|\\\(|\\\[)/.exec(src)?.[0];
  if (!open) return undefined;
  const close = kClosing[open]!;
  const stop = findClose(src, open.length, close);
  if (stop < 0) return undefined;
  const tex = src.slice(open.length, stop);
  if (!looksLikeMath(tex)) return undefined;
  if (open.startsWith('$') && /[\w$]$/.test(before)) return undefined;
  if (open === '$' && (/^\s|\s$/.test(tex) || /^[\w$]/.test(src.slice(stop + 1)) || /^\d[\d.,]*\s*(?:[A-Za-z(]{2}|$)/.test(tex))) return undefined;
  return { type: 'math', raw: src.slice(0, stop + close.length), tex: tex.trim(), display: open === '$$' || open === '\\[' };
}

function blockMath(src: string): MathToken | undefined {
  const open = /^ {0,3}(\$\$|\\\[)/.exec(src);
  if (!open) return undefined;
  const close = kClosing[open[1]!]!;
  const stop = findClose(src, open[0].length, close);
  if (stop < 0) return undefined;
  const rest = /^[ \t]*(?:\n+|$)/.exec(src.slice(stop + close.length));
  const tex = src.slice(open[0].length, stop);
  if (!rest || !looksLikeMath(tex)) return undefined;
  return { type: 'math', raw: src.slice(0, stop + close.length + rest[0].length), tex: tex.trim(), display: true };
}

export const inlineExtension: TokenizerExtension = {
  name: 'math',
  level: 'inline',
  start: (src) => {
    const at = src.indexOf('$');
    return at < 0 ? undefined : at;
  },
  tokenizer(src, tokens) {
    return inlineMath(src, tokens.at(-1)?.raw ?? '');
  },
};

export const blockExtension: TokenizerExtension = {
  name: 'math',
  level: 'block',
  start: (src) => {
    const found = /(?:^|\n)(?= {0,3}(?:\$\$|\\\[))/.exec(src);
    return found ? found.index + found[0].length : undefined;
  },
  tokenizer: (src) => blockMath(src),
};
