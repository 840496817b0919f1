// Markdown that grows. Text is appended in any pieces; the DOM follows at most every kBatchMs.
//
// Blocks that can no longer change are frozen: their nodes are never touched again, and only the text behind them is
// parsed in each batch, so the cost of a batch does not grow with the answer. finish() parses the whole text once more
// (blocks only) and rebuilds from the first block that differs: link definitions that arrived after their use, or a rare
// boundary judged too early. Streamed and one-shot results are therefore the same DOM by construction.

import type { Token, TokensList } from 'marked';
import { onTool } from './code-block.ts';
import { buildBlock, kOutlineStart } from './dom.ts';
import { newLexer } from './lexer.ts';
import { patchList } from './patch.ts';

const kBatchMs = 50; // the eye does not see the difference to 16 ms; the main thread does
const kSlowBatchMs = 75; // where a batch takes long, with what the browser does after it
const kRest = 25; // times what the last batch took
const kTailBlocks = 2; // the last block may still grow, the one before it may still be merged into it

interface Block {
  raw: string;
  type: string;
  nodes: ChildNode[];
  level: number; // of the last heading up to here
}

export interface MarkdownOptions {
  onCode?: (block: HTMLElement) => void; // a code block or a formula is complete
}

export class StreamingMarkdown {
  private source = '';
  private held = ''; // a CR at the end of a piece, until it is known whether LF follows
  private frozenChars = 0;
  private blocks: Block[] = []; // frozen ones first
  private frozenBlocks = 0;
  private links: TokensList['links'] = Object.create(null); // no prototype: "[constructor]" is no link
  private defined = false; // a definition was seen, if only for a moment
  private timer: ReturnType<typeof setTimeout> | undefined;
  private finished = false;
  private tookMs = 0;

  private readonly told = new WeakSet<Node>();

  constructor(private readonly root: HTMLElement, private readonly options: MarkdownOptions = {}) {
    root.addEventListener('click', onTool); // the same function: once, however often an answer is written anew
  }

  append(piece: string): void {
    if (this.finished || !piece) return;
    let text = this.held + piece;
    this.held = text.endsWith('\r') ? '\r' : '';
    if (this.held) text = text.slice(0, -1);
    this.source += text.replace(/\r\n?/g, '\n');
    this.timer ??= setTimeout(() => this.render(), Math.min(kSlowBatchMs, Math.max(kBatchMs, kRest * this.tookMs)));
  }

  finish(): void {
    if (this.finished) return;
    this.finished = true;
    this.stopTimer();
    if (this.held) this.source += '\n';
    this.settle();
    for (const block of this.blocks.slice(this.frozenBlocks)) this.tellCode(block);
    this.frozenBlocks = this.blocks.length;
  }

  destroy(): void {
    this.finished = true;
    this.stopTimer();
  }

  private stopTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private render(): void {
    this.stopTimer();
    const begun = performance.now();
    const lexer = newLexer();
    lexer.tokens.links = this.links; // definitions already seen hold for later text as well
    const tokens = lexer.lex(this.source.slice(this.frozenChars));
    this.links = lexer.tokens.links;
    this.defined ||= Object.keys(this.links).length > 0;
    this.replaceTail(tokens);
    this.freeze(tokens);
    for (const block of this.blocks.slice(this.frozenBlocks)) this.tell(block, '.math'); // a closed formula never changes
    this.tookMs = performance.now() - begun;
  }

  private replaceTail(tokens: Token[]): void {
    const old = this.blocks.slice(this.frozenBlocks);
    let level = this.blocks[this.frozenBlocks - 1]?.level ?? kOutlineStart;
    const fresh = tokens.map((token) => {
      const made = buildBlock(token, level);
      level = made.level;
      return { raw: token.raw, type: token.type, nodes: made.nodes as ChildNode[], level };
    });
    patchList(this.root, old.flatMap((b) => b.nodes), fresh.flatMap((b) => b.nodes));
    // patchList keeps old nodes where it can: read back which nodes the blocks now own.
    const live = [...this.root.childNodes].slice(this.blocks.slice(0, this.frozenBlocks).reduce((n, b) => n + b.nodes.length, 0));
    for (const block of fresh) block.nodes = live.splice(0, block.nodes.length);
    this.blocks = [...this.blocks.slice(0, this.frozenBlocks), ...fresh];
  }

  private freeze(tokens: Token[]): void {
    const solid = tokens.map((t, i) => (t.type === 'space' || t.type === 'def' ? -1 : i)).filter((i) => i >= 0);
    const firstOpen = solid.at(-kTailBlocks);
    if (firstOpen === undefined || solid.length <= kTailBlocks) return;
    for (let i = 0; i < firstOpen; i++) {
      this.frozenChars += tokens[i]!.raw.length;
      this.tellCode(this.blocks[this.frozenBlocks]!);
      this.frozenBlocks++;
    }
  }

  private settle(): void {
    const lexer = newLexer();
    const tokens = lexer.lex(this.source);
    const defined = this.defined || Object.keys(lexer.tokens.links).length > 0;
    let same = 0;
    if (!defined) while (same < this.frozenBlocks && sameBlock(this.blocks[same]!, tokens[same])) same++;
    this.frozenBlocks = same;
    this.replaceTail(tokens.slice(same));
  }

  private tellCode(block: Block): void {
    this.tell(block, '.code, .math');
  }

  private tell(block: Block, what: string): void {
    if (!this.options.onCode) return;
    for (const node of block.nodes) {
      if (node.nodeType !== 1) continue;
      const found = node as HTMLElement;
      for (const one of [found, ...found.querySelectorAll<HTMLElement>(what)]) {
        if (this.told.has(one) || !one.matches(what)) continue;
        this.told.add(one);
        this.options.onCode(one);
      }
    }
  }
}

function sameBlock(block: Block, token: Token | undefined): boolean {
  return token !== undefined && block.raw === token.raw && block.type === token.type;
}

// A complete text at once; the same path as a stream, so both look alike.
export function renderMarkdown(root: HTMLElement, source: string, options: MarkdownOptions = {}): void {
  const markdown = new StreamingMarkdown(root, options);
  markdown.append(source);
  markdown.finish();
}
