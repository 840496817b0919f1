// marked's tokens → DOM nodes. No HTML string exists at any point: createElement and text nodes only, so nothing that a
// model writes can become markup, and the page needs no sanitizer. Attributes come from the closed list below.
//
// Raw HTML in the Markdown is shown as text, except <br>, which models use inside table cells. Bidirectional control
// characters (U+202A–E, U+2066–9) are shown as visible marks in code and links, where they are used to deceive.

import type { Token, Tokens } from 'marked';
import { t as say } from '../words.ts';
import { codeBlock } from './code-block.ts';
import { decodeEntities } from './entities.ts';
import type { MathToken } from './math-syntax.ts';
import { element, kBidi, plainNodes, text } from './nodes.ts';
import { hiddenHost, safeImage, safeLink } from './safe-url.ts';
import { setSource } from './source.ts';

const kDepthMax = 40; // nesting of quotes, lists and emphasis; deeper levels are shown as their source text

function children(token: { tokens?: Token[] | undefined; text?: string }, depth: number): Node[] {
  if (depth > kDepthMax) return [text(token.text ?? '')];
  return (token.tokens ?? []).flatMap((child) => build(child, depth + 1));
}

const visibleText = (nodes: Node[]): string => nodes.map((node) => node.textContent ?? '').join('');

function link(token: Tokens.Link, depth: number): Node[] {
  const href = token.autolink ? token.href : decodeEntities(token.href);
  const inner = kBidi.test(token.text) ? plainNodes(token.text) : children(token, depth);
  const url = safeLink(href);
  if (!url) return [element('span', { class: 'no-link', title: href }, inner)];
  const host = hiddenHost(url, visibleText(inner));
  const attributes: Record<string, string> = { href: url.href, target: '_blank', rel: 'noopener noreferrer nofollow ugc', title: url.href };
  if (host) attributes['data-host'] = host;
  return [element('a', attributes, inner)];
}

function image(token: Tokens.Image): Node {
  const href = decodeEntities(token.href);
  const label = decodeEntities(token.text);
  const inline = safeImage(href);
  if (inline) return element('img', { src: inline, alt: label, loading: 'lazy' });
  const url = safeLink(href);
  const words = label || say('image_label');
  if (!url) return element('span', { class: 'no-link remote-image', title: href.slice(0, 200) }, [text(words)]);
  return element('a', { href: url.href, target: '_blank', rel: 'noopener noreferrer nofollow ugc', title: url.href, class: 'remote-image' }, [
    element('span', { class: 'remote-image-name' }, [text(words)]),
    element('span', { class: 'remote-image-host' }, [text(say('image_open', { host: url.host || url.protocol }))]),
  ]);
}

// The source stands there until it is drawn (later.ts), and stays when it cannot be.
function math(token: MathToken, block: boolean): Node {
  const node = element(block ? 'div' : 'span', { class: token.display ? 'math display' : 'math', dir: 'ltr' }, plainNodes(token.raw.trim()));
  setSource(node, { key: `${token.display} ${token.tex}`, tex: token.tex, display: token.display });
  return node;
}

function list(token: Tokens.List, depth: number): Node {
  const start = typeof token.start === 'number' && token.start !== 1 ? { start: String(token.start) } : {};
  const items = token.items.map((item) => {
    const inner = children(item, depth + 1);
    return element('li', item.task ? { class: 'task', dir: 'auto' } : { dir: 'auto' }, inner);
  });
  return element(token.ordered ? 'ol' : 'ul', start as Record<string, string>, items);
}

function table(token: Tokens.Table, depth: number): Node {
  const cell = (name: string, c: Tokens.TableCell): Node => {
    const attributes: Record<string, string> = { dir: 'auto' };
    if (c.align) attributes.class = `align-${c.align}`;
    if (name === 'th') attributes.scope = 'col';
    return element(name, attributes, children(c, depth));
  };
  const row = (name: string, cells: Tokens.TableCell[]): Node => element('tr', {}, cells.map((c) => cell(name, c)));
  const body = token.rows.length ? [element('tbody', {}, token.rows.map((r) => row('td', r)))] : [];
  const inner = element('table', {}, [element('thead', {}, [row('th', token.header)]), ...body]);
  return element('div', { class: 'table', tabindex: '0', role: 'group', 'aria-label': say('table_label') }, [inner]);
}

function checkbox(token: Tokens.Checkbox): Node {
  return element('span', { class: token.checked ? 'box checked' : 'box', role: 'img', 'aria-label': token.checked ? say('task_done') : say('task_open') });
}

const builders: Record<string, (token: any, depth: number) => Node | Node[]> = {
  space: () => [],
  def: () => [],
  heading: (t: Tokens.Heading, d) => {
    outline = Math.min(6, t.depth + kOutlineStart, outline + 1);
    return element(`h${outline}`, { class: `depth-${t.depth}`, dir: 'auto' }, children(t, d));
  },
  paragraph: (t: Tokens.Paragraph, d) => element('p', { dir: 'auto' }, children(t, d)),
  blockquote: (t: Tokens.Blockquote, d) => element('blockquote', { dir: 'auto' }, children(t, d)),
  hr: () => element('hr'),
  code: (t: Tokens.Code) => codeBlock(t.lang, t.text),
  math: (t: MathToken, d) => math(t, d === 0),
  list,
  table,
  checkbox,
  html: (t: Tokens.HTML) => {
    if (/^<br\s*\/?>$/i.test(t.raw.trim())) return element('br');
    return t.block ? element('p', { class: 'raw', dir: 'auto' }, [text(t.raw.trimEnd())]) : text(t.raw);
  },
  text: (t: Tokens.Text, d) => (t.tokens ? children(t, d) : text(decodeEntities(t.text))),
  escape: (t: Tokens.Escape) => text(t.text),
  strong: (t: Tokens.Strong, d) => element('strong', {}, children(t, d)),
  em: (t: Tokens.Em, d) => element('em', {}, children(t, d)),
  del: (t: Tokens.Del, d) => element('del', {}, children(t, d)),
  codespan: (t: Tokens.Codespan) => element('code', {}, plainNodes(t.text)),
  br: () => element('br'),
  link,
  image,
};

// Headings of an answer stand below the message's own (level 2) and never skip a level, whatever the model wrote: the
// level is for those who move by headings, the class keeps the size that was meant. `outline` is the level of the heading
// before; it is an argument and a result of buildBlock(), a variable only while one block is built.
export const kOutlineStart = 2;
let outline = kOutlineStart;

export function buildBlock(token: Token, level: number): { nodes: Node[]; level: number } {
  outline = level;
  return { nodes: build(token), level: outline };
}

function build(token: Token, depth = 0): Node[] {
  const builder = Object.hasOwn(builders, token.type) ? builders[token.type]! : () => text(token.raw);
  const made = builder(token, depth);
  return Array.isArray(made) ? made : [made];
}
