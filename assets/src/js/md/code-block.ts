// A code block: its head (language, wrap, download, copy), the code, and for long ones a fold. All of it is built with the
// text, so a stream and a whole text give the same nodes; clicks arrive at onTool(), one listener per answer.

import { copyText } from '../state/clipboard.ts';
import { say, toast } from '../state/status.ts';
import { t } from '../words.ts';
import { codeText } from './code-text.ts';
import { fileName } from './file-name.ts';
import { element, plainNodes, text } from './nodes.ts';
import { setSource, sourceOf } from './source.ts';

export const kFoldLines = 40;
const kCopiedMs = 1600;
const kSvg = 'http://www.w3.org/2000/svg';
const kIcons = { wrap: 'M4 6h16M4 12h13a3 3 0 0 1 0 6h-4m2-2-2 2 2 2M4 18h5', save: 'M12 4v11m-4-4 4 4 4-4M5 20h14' };

export const languageOf = (info: string | undefined): string => /^[\w+#.-]{1,32}/.exec(info ?? '')?.[0]?.toLowerCase() ?? '';

function icon(path: string): Element {
  const svg = document.createElementNS(kSvg, 'svg');
  for (const [name, value] of Object.entries({ class: 'icon', viewBox: '0 0 24 24', width: '16', height: '16', 'aria-hidden': 'true' })) svg.setAttribute(name, value);
  const line = document.createElementNS(kSvg, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

function tool(name: string, label: string, content: Node): HTMLElement {
  return element('button', { type: 'button', class: `code-tool code-${name}`, 'data-tool': name, 'aria-label': label, title: label }, [content]);
}

function countLines(code: string): number {
  let lines = 1;
  for (let at = code.indexOf('\n'); at >= 0; at = code.indexOf('\n', at + 1)) lines++;
  return lines;
}

export function codeBlock(info: string | undefined, code: string): Node {
  const language = languageOf(info);
  const shown = element('code', language ? { class: `language-${language}` } : {}, plainNodes(code));
  const wrap = tool('wrap', t('code_wrap'), icon(kIcons.wrap));
  wrap.setAttribute('aria-pressed', 'false');
  const copy = element('button', { type: 'button', class: 'code-tool code-copy', 'data-tool': 'copy', 'aria-label': t('code_copy') }, [text(t('copy'))]);
  const tools = element('div', { class: 'code-tools' }, [wrap, tool('save', t('code_save'), icon(kIcons.save)), copy]);
  const head = element('div', { class: 'code-head' }, [element('span', { class: 'code-language' }, [text(language || t('code_plain'))]), tools]);
  const pre = element('pre', { tabindex: '0', role: 'group', 'aria-label': language ? t('code_label', { language }) : t('code_label_plain') }, [shown]);
  const parts: Node[] = [head, pre];
  const lines = countLines(code);
  if (lines > kFoldLines) {
    const fold = element('button', { type: 'button', class: 'code-tool code-fold', 'data-tool': 'fold', 'aria-expanded': 'true' }, [text(t('code_fold'))]);
    parts.push(fold);
  }
  const block = element('div', { class: 'code', dir: 'ltr' }, parts);
  setSource(block, { key: `${info ?? ''}\n${code}`, language, info: info ?? '', text: code });
  return block;
}

// Makes a code block that is still growing equal to a newer one, and leaves alone what the person changed in it.
export function growCode(from: Element, to: Element, patchChildren: (from: Element, to: Element) => void): boolean {
  if (!from.matches('.code') || !to.matches('.code')) return false;
  const [a, b] = [from.querySelector('pre')!, to.querySelector('pre')!];
  if (a.firstElementChild!.className !== b.firstElementChild!.className) return false; // the language was not complete
  patchChildren(a.firstElementChild!, b.firstElementChild!);
  const fold = to.querySelector('.code-fold');
  if (fold && !from.querySelector('.code-fold')) from.append(fold);
  else if (!fold) from.querySelector('.code-fold')?.remove();
  setSource(from, sourceOf(to)!);
  return true;
}

async function copy(button: HTMLElement, code: string): Promise<void> {
  if (!(await copyText(code))) return toast(t('copy_failed'));
  say(t('copied'));
  button.textContent = t('copied');
  setTimeout(() => (button.textContent = t('copy')), kCopiedMs);
}

function save(language: string, info: string, code: string): void {
  const url = URL.createObjectURL(new Blob([code], { type: 'text/plain;charset=utf-8' }));
  const link = element('a', { href: url, download: fileName(language, info, code) });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function fold(block: HTMLElement, button: HTMLElement): void {
  const folded = block.classList.toggle('folded');
  button.setAttribute('aria-expanded', String(!folded));
  const lines = countLines(codeText(block.querySelector('pre code')!));
  button.textContent = folded ? t('code_unfold', { n: lines }) : t('code_fold');
  if (folded) block.scrollIntoView({ block: 'nearest' });
}

export function onTool(event: Event): void {
  const button = (event.target as Element).closest<HTMLElement>('[data-tool]');
  const block = button?.closest<HTMLElement>('.code');
  const code = block?.querySelector('pre code');
  if (!button || !block || !code) return;
  const source = sourceOf(block);
  const name = button.dataset.tool;
  if (name === 'copy') void copy(button, codeText(code));
  else if (name === 'save') save(source?.language ?? '', source?.info ?? '', codeText(code));
  else if (name === 'fold') fold(block, button);
  else if (name === 'wrap') button.setAttribute('aria-pressed', String(block.classList.toggle('wrapped')));
}
